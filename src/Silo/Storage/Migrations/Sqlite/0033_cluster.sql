-- A SQLite file belongs to one process, which owns every shard: there is nobody to agree with.
select 1;
