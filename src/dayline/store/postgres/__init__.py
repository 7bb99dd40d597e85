"""PostgreSQL: sessions that remember whose rows they may see, and a group writer for each account."""
