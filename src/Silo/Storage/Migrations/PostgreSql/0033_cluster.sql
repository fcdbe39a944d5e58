-- Which cluster lives in this database: two of them would fight over the shards.
create table cluster_identity(one integer primary key check (one = 1), name text not null);

-- The silos. Nothing here is a time: a heartbeat is a number that rises, and only whether it has changed means anything.
create table silo(
    silo_id bigint generated always as identity primary key,
    name text not null,
    link_url text not null,
    version text not null,
    session text not null,
    status smallint not null check (status in (1, 2, 3)),
    heartbeat bigint not null
) with (fillfactor = 50);

-- The shards; epochs come from epoch_sequence and only rise.
create table shard(
    shard_id integer primary key check (shard_id between 0 and 1023),
    owner bigint references silo(silo_id),
    epoch bigint not null
) with (fillfactor = 50);
create index shard_owner on shard(owner);
insert into shard(shard_id, owner, epoch) select id, null, 0 from generate_series(0, 1023) as id;
