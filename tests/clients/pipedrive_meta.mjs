// Drives the official client's activity types, fields, users, settings and lookups, and prints what it saw as JSON.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_MEMBER, a token of a user who is no admin.
import { v1, v2 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token, DAYLINE_MEMBER: member } = process.env;
const old = new v1.Configuration({ apiKey: token, basePath: `${url}/v1` });
const bearer = new v1.Configuration({ accessToken: token, basePath: `${url}/api/v1` });
const present = new v2.Configuration({ apiKey: token, basePath: `${url}/api/v2` });

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    // The client rejects with the body alone where the body is JSON.
    return error?.response?.data ?? error;
  }
  return "not refused";
}

const types = new v1.ActivityTypesApi(old);
const added = await types.addActivityType({
  AddActivityTypeRequest: { name: "Video call", icon_key: "camera", color: "AABBCC" },
});
const typeId = added.data.id;

const persons = new v2.PersonsApi(present);
const deals = new v2.DealsApi(present);
const organizations = new v2.OrganizationsApi(present);
const projects = new v2.ProjectsApi(present);
const leads = new v1.LeadsApi(old);
const activities = new v2.ActivitiesApi(present);

const person = await persons.addPerson({
  AddPersonRequest: { name: "Mara Tamm", emails: [{ value: "mara@example.com", primary: true, label: "work" }] },
});
const deal = await deals.addDeal({ AddDealRequest: { title: "Ex deal" } });
const organization = await organizations.addOrganization({ AddOrganizationRequest: { name: "Ex" } });
const project = await projects.addProject({ AddProjectRequest: { title: "Move" } });
const lead = await leads.addLead({ AddLeadRequest: { title: "Promising", organization_id: organization.data.id } });
const activity = await activities.addActivity({
  AddActivityRequest: {
    type: added.data.key_string,
    deal_id: deal.data.id,
    org_id: organization.data.id,
    project_id: project.data.id,
    lead_id: lead.data.id,
    participants: [{ person_id: person.data.id, primary: true }],
  },
});
const counted = { include_fields: "activities_count" };

console.log(
  JSON.stringify({
    types: {
      added,
      listed: await new v1.ActivityTypesApi(bearer).getActivityTypes(),
      updated: await types.updateActivityType({ id: typeId, UpdateActivityTypeRequest: { name: "Video", order_nr: 3 } }),
      deleted: await types.deleteActivityType({ id: typeId }),
    },
    fields: {
      v1: await new v1.ActivityFieldsApi(old).getActivityFields(),
      v2: await new v2.ActivityFieldsApi(present).getActivityFields({ include_fields: "ui_visibility", limit: 500 }),
      one: await new v2.ActivityFieldsApi(present).getActivityField({ field_code: "priority" }),
      deals: await new v1.DealFieldsApi(old).getDealFields({ start: 0, limit: 100 }),
      deal: await new v1.DealFieldsApi(old).getDealField({ id: 101 }),
      persons: await new v1.PersonFieldsApi(old).getPersonFields({}),
      organizations: await new v1.OrganizationFieldsApi(old).getOrganizationFields({}),
      leads: await new v1.LeadFieldsApi(old).getLeadFields(),
      personsV2: await new v2.PersonFieldsApi(present).getPersonFields({}),
    },
    users: {
      all: await new v1.UsersApi(old).getUsers(),
      me: await new v1.UsersApi(bearer).getCurrentUser(),
      found: await new v1.UsersApi(old).findUsersByName({ term: "bob@", search_by_email: 1 }),
      settings: await new v1.UserSettingsApi(old).getUserSettings(),
    },
    person: {
      added: person,
      got: await persons.getPerson({ id: person.data.id, ...counted }),
      listed: await persons.getPersons({ ids: `${person.data.id}`, ...counted, sort_by: "update_time", sort_direction: "desc" }),
      updated: await persons.updatePerson({ id: person.data.id, UpdatePersonRequest: { name: "Mara Kask" } }),
    },
    deal: {
      added: deal,
      got: await deals.getDeal({ id: deal.data.id, ...counted }),
      listed: await deals.getDeals({ status: "open", ...counted }),
      updated: await deals.updateDeal({ id: deal.data.id, UpdateDealRequest: { title: "Ex deal, again" } }),
    },
    organization: {
      added: organization,
      got: await organizations.getOrganization({ id: organization.data.id, ...counted }),
      listed: await organizations.getOrganizations(counted),
      updated: await organizations.updateOrganization({ id: organization.data.id, UpdateOrganizationRequest: { name: "Ex Ltd" } }),
    },
    project: {
      added: project,
      got: await projects.getProject({ id: project.data.id }),
      listed: await projects.getProjects({}),
      updated: await projects.updateProject({ id: project.data.id, UpdateProjectRequest: { title: "Moved" } }),
    },
    lead: {
      added: lead,
      got: await leads.getLead({ id: lead.data.id }),
      listed: await leads.getLeads({ limit: 10, sort: "update_time" }),
      updated: await leads.updateLead({ id: lead.data.id, UpdateLeadRequest: { title: "Cold" } }),
    },
    activity,
    refusals: {
      user: await refusal(new v1.UsersApi(old).getUser({ id: 999999999 })),
      lead: await refusal(leads.getLead({ id: "01a1fe45-0588-7305-81f9-936129d6714b" })),
      deal: await refusal(deals.getDeal({ id: 999999999 })),
      member: await refusal(
        new v1.ActivityTypesApi(new v1.Configuration({ apiKey: member, basePath: `${url}/v1` })).deleteActivityType({ id: typeId }),
      ),
      builtIn: await refusal(types.deleteActivityType({ id: 6 })),
      title: await refusal(deals.addDeal({ AddDealRequest: { title: "" } })),
    },
  }),
);
