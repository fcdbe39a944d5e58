-- PostgreSQL asks a trigger's condition first from here on. SQLite always did.
select 1;
