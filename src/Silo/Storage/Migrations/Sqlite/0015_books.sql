-- Which commits a period has: a statement begins after the last commit before its first moment.
create index ledger_batch_time on ledger_batch(shard, at, seq);
