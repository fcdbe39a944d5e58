using LiveCommerce.Contracts.Ledger;

namespace LiveCommerce.Silo.Ledger;

/// <summary>Freezes and thaws: each a commit of its own, in its place among the others, that moves nothing.</summary>
internal sealed partial class LedgerOwner
{
    private async Task FreezeAsync(LedgerRequest request, LedgerFreeze freeze)
    {
        var head = _memory.Head;
        if (await _store.FindFreezeAsync(freeze.Key) is { } earlier)
        {
            request.TrySetResult(earlier.Freeze == freeze
                ? new LedgerAnswer(LedgerOutcome.Moved, earlier.Spendable, 0)
                : new LedgerAnswer(LedgerOutcome.KeyReused, 0, 0));
            return;
        }

        var now = Now();
        if (!LedgerRules.IsKeyInTime(freeze.Key, now))
        {
            await _store.CheckAsync(_shard, head.Epoch);
            request.TrySetResult(new LedgerAnswer(LedgerOutcome.KeyOutOfTime, 0, 0));
            return;
        }

        var known = (await FindAsync([freeze.Account]))[0];
        var before = known ?? new DraftBooks(new Dictionary<LedgerAccount, AccountRecord>(), head.LastAccountId).Account(freeze.Account).Before with
        {
            Id = head.LastAccountId + 1,
        };
        var record = new FreezeRecord(freeze, before, known is null, _shard, head.Epoch, head.LastSeq, now);
        await _store.FreezeAsync(record);
        _memory.Committed(record);
        Log.Frozen(_logger, freeze.Account.Kind, freeze.Account.Owner, freeze.Frozen, freeze.By);
        request.TrySetResult(new LedgerAnswer(LedgerOutcome.Moved, before.Spendable, 0));
    }
}
