using System.Collections.Immutable;
using System.Diagnostics;
using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Operations;

/// <summary>What is stored: proposals, oldest first.</summary>
internal sealed record MoneyDeskRecord
{
    public ImmutableList<StoredAdjustment> Adjustments { get; init; } = [];
}

/// <summary>A proposal with the key its entry has or will have.</summary>
/// <param name="Levels">The break that it names, as it was when it was proposed.</param>
internal sealed record StoredAdjustment(Adjustment Adjustment, Guid? LedgerKey, ReconciliationBreak? Levels = null);

/// <summary>Takes corrections that two operators agree on, and freezes. The approval and the entry's key are durable before the ledger is asked.</summary>
internal sealed partial class MoneyDeskGrain(
    [PersistentState("desk")] IPersistentState<MoneyDeskRecord> record, ILogger<MoneyDeskGrain> logger) : Grain, IMoneyDeskGrain
{
    /// <summary>Proposals that wait.</summary>
    public const int OpenMax = 100;

    /// <summary>Decided ones that are shown; the ledger keeps them all.</summary>
    public const int DecidedMax = 200;

    private IReconciliationGrain Reconciliation => GrainFactory.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key);

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public override async Task OnActivateAsync(CancellationToken cancellationToken)
    {
        // What was approved when the process died is posted now, under the key that was noted.
        // One that fails keeps nobody from the desk: whoever decides it again tries again.
        foreach (var one in record.State.Adjustments.Where(one => one.Adjustment.State == AdjustmentState.Approved))
        {
            try
            {
                await PostAsync(one);
            }
            catch (Exception error)
            {
                Log.NotPosted(logger, error, one.Adjustment.AdjustmentId);
            }
        }
    }

    public async ValueTask<Result<Adjustment>> Propose(Caller caller, string adjustmentId, AdjustmentDraft draft)
    {
        if (AdjustmentRules.CheckRole(caller) is { } notAllowed) { return notAllowed; }
        draft = draft with { Reason = draft.Reason?.Trim() ?? "" };
        if (Find(adjustmentId) is { } known)
        {
            return known.Adjustment.Draft == draft && known.Adjustment.ProposedBy.Id == caller.Id
                ? known.Adjustment
                : new Refusal(RefusalCode.KeyReused, "This key was used for another correction. Propose yours with a new one.");
        }

        if (AdjustmentRules.Check(draft) is { } refusal) { return refusal; }
        if (record.State.Adjustments.Count(one => one.Adjustment.State == AdjustmentState.Proposed) >= OpenMax)
        {
            return new Refusal(RefusalCode.AdjustmentNotAllowed, $"{OpenMax} corrections wait already. Decide some first.");
        }

        var levels = draft.Break is null ? null : await FindBreakAsync(draft);
        if (levels is { Ok: false }) { return levels.Refusal; }

        var proposed = new Adjustment(adjustmentId, draft, caller.Person, Time.GetUtcNow(), AdjustmentState.Proposed, null, null);
        await StoreAsync(record.State.Adjustments.Add(new StoredAdjustment(proposed, null, levels?.Value)));
        return proposed;
    }

    /// <summary>The break that a draft levels, each once, or why it does not.</summary>
    private async Task<Result<ReconciliationBreak>> FindBreakAsync(AdjustmentDraft draft)
    {
        var named = await Reconciliation.FindBreaks(draft.Break!);
        if (AdjustmentRules.CheckBreak(draft, named) is { } refusal) { return refusal; }
        var found = AdjustmentRules.Choose(draft, named)!;
        return record.State.Adjustments.Exists(one => one.Levels?.Subject == found.Subject
            && one.Adjustment.State is AdjustmentState.Proposed or AdjustmentState.Approved or AdjustmentState.Posted)
            ? new Refusal(RefusalCode.AdjustmentNotAllowed, "A correction of this break is there already. Decide that one; one that is posted shows with the next reconciliation.")
            : found;
    }

    public async ValueTask<Result<Adjustment>> Decide(Caller caller, string adjustmentId, bool approve)
    {
        if (AdjustmentRules.CheckRole(caller) is { } notAllowed) { return notAllowed; }
        if (Find(adjustmentId) is not { } found)
        {
            return new Refusal(RefusalCode.AdjustmentNotFound, "There is no such correction. Reload the list.");
        }

        switch (found.Adjustment.State, approve)
        {
            case (AdjustmentState.Proposed, true) when found.Adjustment.ProposedBy.Id == caller.Id:
                return new Refusal(RefusalCode.SecondOperatorNeeded, "You proposed this correction: another operator must approve it.");
            case (AdjustmentState.Proposed, true) when caller.RefuseApproval(Time.GetUtcNow()) is { } tooNew:
                return tooNew;
            case (AdjustmentState.Proposed, true) when found.Levels is not null
                && AdjustmentRules.CheckBreak(found.Adjustment.Draft, await Reconciliation.FindBreaks(found.Levels.Subject)) is { } gone:
                return gone;
            case (AdjustmentState.Proposed, _):
                found = found with
                {
                    Adjustment = found.Adjustment with
                    {
                        State = approve ? AdjustmentState.Approved : AdjustmentState.Declined,
                        DecidedBy = caller.Person,
                        DecidedAt = Time.GetUtcNow(),
                    },
                    LedgerKey = approve ? Guid.CreateVersion7(Time.GetUtcNow()) : null,
                };
                await ReplaceAsync(found);
                return approve ? (await PostAsync(found)).Adjustment : found.Adjustment;
            case (AdjustmentState.Approved, true):
                return (await PostAsync(found)).Adjustment;
            case (AdjustmentState.Posted or AdjustmentState.Refused, true) or (AdjustmentState.Declined, false):
                return found.Adjustment;
            default:
                return new Refusal(RefusalCode.AdjustmentDecided, "This correction has been decided otherwise. Reload the list.");
        }
    }

    public ValueTask<Result<IReadOnlyList<Adjustment>>> List(Caller caller) => ValueTask.FromResult<Result<IReadOnlyList<Adjustment>>>(
        AdjustmentRules.CheckRole(caller) is { } notAllowed
            ? notAllowed
            : record.State.Adjustments.Select(one => one.Adjustment)
                .OrderBy(one => one.State != AdjustmentState.Proposed)
                .ThenByDescending(one => one.ProposedAt)
                .ToList());

    public async ValueTask<Result<PersonFunds>> SetFrozen(Caller caller, Guid key, Person person, bool frozen, string reason)
    {
        if (AdjustmentRules.CheckRole(caller) is { } notAllowed) { return notAllowed; }
        if (AdjustmentRules.CheckReason(reason) is { } badReason) { return badReason; }
        foreach (var account in AccountsOf(person.Id).Where(account => account.Kind != LedgerAccountKind.Receivable))
        {
            var answer = await Ledger.SetFrozen(new LedgerFreeze(LedgerKeys.Derive(key, $"{account.Kind}/{account.Unit}"), account, frozen, caller.Id, reason.Trim()));
            if (answer.Outcome is LedgerOutcome.KeyReused or LedgerOutcome.KeyOutOfTime)
            {
                return new Refusal(RefusalCode.KeyReused, "This key was used before, or it is too old. Try again with a new one.");
            }

            if (answer.Outcome == LedgerOutcome.Busy) { return new Refusal(RefusalCode.Busy, "The ledger is busy. Send this again with the same key."); }
        }

        Log.Froze(logger, person.Id, frozen, caller.Id);
        return await GetFunds(caller, person);
    }

    public async ValueTask<Result<PersonFunds>> GetFunds(Caller caller, Person person)
    {
        if (AdjustmentRules.CheckRole(caller) is { } notAllowed) { return notAllowed; }
        var balances = await Ledger.GetBalances(AccountsOf(person.Id));
        return new PersonFunds(person, balances, balances.Any(one => one.Frozen));
    }

    private static IReadOnlyList<LedgerAccount> AccountsOf(string id) =>
    [
        // An agency's id is its leader's.
        LedgerAccount.Agency(id, LedgerUnit.Coins),
        LedgerAccount.Coins(id), LedgerAccount.Earnings(id), LedgerAccount.Sales(id), LedgerAccount.Available(id, LedgerUnit.Coins),
        LedgerAccount.Available(id, LedgerUnit.UsdCents), LedgerAccount.Receivable(id, LedgerUnit.Coins), LedgerAccount.Receivable(id, LedgerUnit.UsdCents),
    ];

    private async Task<StoredAdjustment> PostAsync(StoredAdjustment approved)
    {
        var draft = approved.Adjustment.Draft;
        var id = approved.Adjustment.AdjustmentId;
        var answer = await Ledger.Post(new LedgerEntry(
            approved.LedgerKey!.Value, Fingerprint(id), LedgerEntryKind.Adjustment, draft.Debit, [new LedgerLeg(draft.Credit, draft.Amount)], Rate: 0,
            Reference: approved.Levels?.Reference ?? $"adjustment:{id}"));
        var next = answer.Outcome switch
        {
            LedgerOutcome.Moved => approved with { Adjustment = approved.Adjustment with { State = AdjustmentState.Posted } },

            // Too long ago, and never used: the ledger knows a used key whatever its age.
            LedgerOutcome.KeyOutOfTime => approved with { LedgerKey = Guid.CreateVersion7(Time.GetUtcNow()) },
            LedgerOutcome.Busy => approved,

            // TooMuch: less is owed by now than was to be forgiven.
            LedgerOutcome.Insufficient or LedgerOutcome.Frozen or LedgerOutcome.Malformed or LedgerOutcome.TooMuch =>
                approved with { Adjustment = approved.Adjustment with { State = AdjustmentState.Refused } },
            _ => throw new UnreachableException($"The ledger answered {answer.Outcome} to a correction."),
        };
        Log.Posted(logger, id, answer.Outcome);
        if (answer.Outcome == LedgerOutcome.Moved && approved.Levels is { } levelled) { await Reconciliation.Levelled(levelled); }
        if (next != approved) { await ReplaceAsync(next); }
        return answer.Outcome == LedgerOutcome.KeyOutOfTime ? await PostAsync(next) : next;
    }

    private static long Fingerprint(string id) => BitConverter.ToInt64(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.ASCII.GetBytes($"adjustment {id}")));

    private StoredAdjustment? Find(string id) => record.State.Adjustments.Find(one => one.Adjustment.AdjustmentId == id);

    private Task ReplaceAsync(StoredAdjustment next) =>
        StoreAsync(record.State.Adjustments.SetItem(record.State.Adjustments.FindIndex(one => one.Adjustment.AdjustmentId == next.Adjustment.AdjustmentId), next));

    private async Task StoreAsync(ImmutableList<StoredAdjustment> adjustments)
    {
        var decided = adjustments.Where(one => one.Adjustment.State is not (AdjustmentState.Proposed or AdjustmentState.Approved)).ToList();
        record.State = new MoneyDeskRecord { Adjustments = adjustments.RemoveRange(decided.Take(Math.Max(0, decided.Count - DecidedMax))) };
        await record.WriteStateAsync();
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 5191, Level = LogLevel.Warning, Message = "Money of {AccountId}: frozen is {Frozen}, by {OperatorId}")]
        public static partial void Froze(ILogger logger, string accountId, bool frozen, string operatorId);

        [LoggerMessage(EventId = 5192, Level = LogLevel.Warning, Message = "Correction {AdjustmentId} was approved; the ledger answered {Outcome}")]
        public static partial void Posted(ILogger logger, string adjustmentId, LedgerOutcome outcome);

        [LoggerMessage(EventId = 5193, Level = LogLevel.Error, Message = "Correction {AdjustmentId} is approved and could not be posted; it is tried again when it is decided again")]
        public static partial void NotPosted(ILogger logger, Exception error, string adjustmentId);
    }
}
