-- Which commits a period has: a statement begins after the last commit before its first moment.
create index ledger_batch_time on ledger_batch(shard, at, seq);

-- The holds of an account, ended ones included: what they froze of a coin lot is part of the lots' history.
create index ledger_hold_history on ledger_hold(account);
