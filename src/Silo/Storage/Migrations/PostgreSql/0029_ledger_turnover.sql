-- The same rule as before; but the function is called only for a row that breaks it, and not for every gift.
drop trigger ledger_account_grows on ledger_account;
create trigger ledger_account_grows before update on ledger_account for each row
    when ((new.id, new.shard, new.kind, new.owner, new.unit) is distinct from (old.id, old.shard, old.kind, old.owner, old.unit)
        or new.debits < old.debits or new.credits < old.credits or new.postings < old.postings)
    execute function ledger_account_grows();
