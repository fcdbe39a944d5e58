-- Epochs come from one sequence and only rise.
create table epoch_sequence(one integer primary key check (one = 1), last bigint not null) with (fillfactor = 10);
insert into epoch_sequence(one, last) values (1, 0);

-- The durable state of a grain hangs off one row, which is also its fence.
create table grain_state(
    type text not null,
    key text not null,
    name text not null,
    epoch bigint not null,
    etag bigint not null,
    payload bytea,
    primary key (type, key, name)
) with (fillfactor = 70);
