-- Leaderboards and goals take off what is given back: the reversals after a commit, without reading the others.
create index ledger_reversal_batch on ledger_reversal(shard, batch);
