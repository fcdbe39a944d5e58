-- PostgreSQL loses foreign keys here. In SQLite they cost little and stay.
select 1;
