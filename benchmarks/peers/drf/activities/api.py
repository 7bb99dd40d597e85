"""Activities in Django REST framework, as one would write them at first: models, a serializer, a view set.

It does what Dayline does for a create: it checks the token, validates the fields, looks up what is referred to, and
writes the activity, its links and a row of a change log in one transaction.
"""

# Django is in an environment of its own, where mypy does not look.
# mypy: ignore-errors

from django.db import transaction
from django.urls import include, path
from rest_framework import pagination, routers, serializers, viewsets

from activities.models import Activity, Change


class Guest(serializers.Serializer):
    """Somebody invited."""

    email = serializers.EmailField()
    name = serializers.CharField(max_length=255)


class ActivitySerializer(serializers.ModelSerializer):
    """An activity on the wire."""

    attendees = Guest(many=True, required=False)

    class Meta:
        model = Activity
        fields = "__all__"
        read_only_fields = ("owner",)


class Pages(pagination.CursorPagination):
    """A hundred, by id."""

    page_size = 100
    ordering = "id"


class ActivityViewSet(viewsets.ModelViewSet):
    """Create, get, list, change."""

    queryset = Activity.objects.prefetch_related("participants").order_by("id")
    serializer_class = ActivitySerializer
    pagination_class = Pages

    def perform_create(self, serializer):
        """Write the activity and its row of the change log together."""
        with transaction.atomic():
            activity = serializer.save(owner=self.request.user)
            Change.objects.create(activity=activity, user=self.request.user, after=serializer.data)

    def perform_update(self, serializer):
        """The same for a change."""
        with transaction.atomic():
            activity = serializer.save()
            Change.objects.create(activity=activity, user=self.request.user, after=serializer.data)


router = routers.SimpleRouter(trailing_slash=False)
router.register("activities", ActivityViewSet)
urlpatterns = [path("", include(router.urls))]
