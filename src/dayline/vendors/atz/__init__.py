"""ATZ CRM's wire format; start reading at the table of operations in ``routes``."""
