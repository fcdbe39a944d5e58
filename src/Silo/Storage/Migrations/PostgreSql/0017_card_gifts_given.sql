-- What somebody gave by card: the limits of giving count it, and those entries do not touch an account of the giver.
create index ledger_entry_card_gift on ledger_entry(sender, batch) where kind = 5 and sender is not null;
