"""The only place that knows which database there is. Knows the domain; never HTTP, never a vendor."""
