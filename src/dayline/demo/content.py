"""The words of the sample data. Every name is made up, and every address is under example.com."""

from dayline.domain.identity import Role

TEAM: tuple[tuple[str, str, Role], ...] = (
    ("Liisa Tamm", "liisa@dayline.example.com", "admin"),
    ("Marek Novak", "marek@dayline.example.com", "member"),
    ("Aisha Rahman", "aisha@dayline.example.com", "member"),
)

# Name, mail domain, street address, town.
COMPANIES = (
    ("Northwind Ferries", "northwind.example.com", "Sadama 7", "Tallinn"),
    ("Birch & Bolt", "birchbolt.example.com", "Tartu maantee 24", "Tallinn"),
    ("Kestrel Analytics", "kestrel.example.com", "Mannerheimintie 12", "Helsinki"),
    ("Blue Harbour Foods", "blueharbour.example.com", "Brīvības iela 88", "Riga"),
    ("Orchard Robotics", "orchard.example.com", "Torstraße 140", "Berlin"),
    ("Silverline Clinics", "silverline.example.com", "Nowy Świat 33", "Warsaw"),
    ("Marble Arch Studio", "marblearch.example.com", "Rua da Prata 80", "Lisbon"),
    ("Tidewater Energy", "tidewater.example.com", "Havenlaan 12", "Amsterdam"),
    ("Quill & Compass", "quillcompass.example.com", "Grafton Street 41", "Dublin"),
    ("Fjell Outdoor", "fjell.example.com", "Karl Johans gate 5", "Oslo"),
)

CONTACTS = (
    "Mara Lindqvist", "Tomasz Zieliński", "Inês Carvalho", "Jonas Bergström", "Katrin Põld", "Daniel Okafor",
    "Sofia Rossi", "Henrik Dahl", "Élise Martin", "Oskar Kask", "Priya Nair", "Ruben de Vries", "Niamh Byrne",
    "Lukas Vogel", "Anna Ozola", "Mikko Laine",
)  # fmt: skip

CANDIDATES = (
    "Noor Haddad", "Viktor Saar", "Chloé Bernard", "Samuel Mensah", "Greta Sand", "Pavel Horák", "Yuki Tanaka",
    "Elena Popa", "Matteo Greco", "Ingrid Solberg", "Rasmus Kivi", "Zara Malik",
)  # fmt: skip

JOBS = ("Backend engineer", "Account executive", "Product designer", "Data analyst", "Customer success manager")

DEALS = ("Annual plan", "Pilot", "Renewal", "Rollout to all sites", "Training package", "Premium support")

LEADS = ("Asked for a demo", "Met at the trade fair", "Referred by a customer")

PROJECTS = ("Spring onboarding", "Data migration")

# Type, weight, and what one writes in the subject; {person} and {about} are filled in.
SALES = (
    (
        "call",
        30,
        ("Intro call with {person}", "Follow-up call: {about}", "Call {person} about the offer", "Check in: {about}"),
    ),
    (
        "meeting",
        22,
        ("Demo for {person}", "Kick-off: {about}", "Review of {about}", "Contract walk-through with {person}"),
    ),
    ("task", 20, ("Prepare the offer for {about}", "Update the forecast: {about}", "Send the security questionnaire")),
    ("email", 16, ("Send the summary to {person}", "Answer {person}'s questions", "Send the price list")),
    ("deadline", 6, ("Offer for {about} runs out", "Decision due: {about}")),
    ("lunch", 6, ("Lunch with {person}", "Coffee with {person}")),
)
HIRING = (
    ("interview", 34, ("First interview: {person}", "Technical interview: {person}", "Final round: {person}")),
    ("call", 22, ("Screening call with {person}", "Reference call for {person}")),
    ("email", 16, ("Send the offer to {person}", "Invite {person} to an interview")),
    ("task", 16, ("Read the CV of {person}", "Write the feedback on {person}", "Post {about} on the job boards")),
    ("note", 12, ("Impression of {person}", "Salary wishes of {person}")),
)

NOTES = (
    "Prefers mornings.",
    "<p>Asked about <b>single sign-on</b> and where the data is kept.</p>",
    "Budget is decided at the end of the quarter.",
    "Left a message; try again on Thursday.",
    "Speaks Estonian, English and some German.",
    "<ul><li>likes the timeline</li><li>worried about the import</li></ul>",
)
DESCRIPTIONS = (
    "Agenda: where we are, what is open, next steps.",
    "Please bring the figures of the last quarter.",
    "We will share the screen; no preparation needed.",
)
