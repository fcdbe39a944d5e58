-- How gifts are shared, and with which agency. Parts are in 1/10,000; times are microseconds since 1970 UTC.

-- The platform's published rates: the newest that has begun holds. Never changed.
create table platform_rate(
    version integer primary key,
    streamer_part integer not null check (streamer_part between 0 and 10000),
    since bigint not null
);
insert into platform_rate(version, streamer_part, since) values (1, 5000, 0);

-- An account may lead one agency; its id is the account's.
create table agency(
    id text primary key,
    name text not null,
    leader text not null,
    founded_at bigint not null
);

-- state: 0 offered, 1 agreed, 2 declined, 3 withdrawn. share is the agency's part of what the streamer would get.
create table agency_contract(
    id text primary key,
    agency text not null references agency,
    streamer text not null,
    streamer_name text not null,
    share integer not null check (share between 1 and 10000),
    since bigint not null,
    until bigint check (until is null or until >= since),
    state integer not null check (state between 0 and 3),
    offered_at bigint not null,
    decided_at bigint
);
create index agency_contract_streamer on agency_contract(streamer, state);
create index agency_contract_agency on agency_contract(agency, state);

-- What entries of the ledger name: a published rate, with or without a contract. Never changed.
create table share_rate(
    rate integer primary key,
    platform_rate integer not null references platform_rate,
    contract text references agency_contract,
    streamer_part integer not null check (streamer_part >= 0),
    agency_part integer not null check (agency_part >= 0),
    agency text,
    check (streamer_part + agency_part <= 10000),
    check ((contract is null) = (agency is null))
);
create unique index share_rate_of on share_rate(platform_rate, coalesce(contract, ''));
insert into share_rate(rate, platform_rate, contract, streamer_part, agency_part, agency) values (1, 1, null, 5000, 0, null);
