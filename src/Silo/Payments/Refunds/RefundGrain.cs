using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Refunds;

/// <summary>
/// One refund. The row and its due time are durable before coins are kept back or the provider is called, so whatever is cut off is
/// finished by a webhook or when it is due. Reentrant: decisions take turns, calls to the provider run beside them.
/// </summary>
[Reentrant]
internal sealed partial class RefundGrain(
    [PersistentState("refund")] IPersistentState<RefundRecord> record, RefundSender sender, PaymentOwners owners, PaidThings things,
    DeskLists lists, CardPaymentTools tools, ILogger<RefundGrain> logger) : Grain, IRefundGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Refund";

    /// <summary>Characters of a reason.</summary>
    private const int ReasonLengthMax = 200;

    private readonly PaymentTurn _turn = new();
    private Task _advancing = Task.CompletedTask;

    private string Id => GetPrimaryKeyString();

    private ITopUpGrain TopUp => GrainFactory.GetGrain<ITopUpGrain>(record.State.TopUpId!);

    private LedgerSteps Steps => field ??= new LedgerSteps(() => record.State.Steps, steps => StoreAsync(record.State with { Steps = steps }), Time);

    public async ValueTask<Result<RefundView>> Request(Caller caller, RequestRefund request)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            var fingerprint = PaymentIds.Fingerprint(caller.Id, request.TopUpId, request.GiftEntry, request.Coins);
            if (record.RecordExists && record.State.Fingerprint != fingerprint)
            {
                return new Refusal(RefusalCode.KeyReused, "This key was used for another refund. Start again with a new one.");
            }

            if (!record.RecordExists && await OpenAsync(caller, request, fingerprint) is { } refusal) { return refusal; }
            if (record.State.Stage == RefundState.Requested && await BeginAsync(caller) is { } refused)
            {
                await _turn.WriteAsync(record.ClearStateAsync);
                await tools.DueTimes.ClearAsync(DueType, Id);
                await lists.ForgetRefundAsync(Id);
                return refused;
            }

            await FinishAsync();
            advancing = AdvanceOnce();
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds), Time);
        return record.State.ToView(Id);
    }

    public ValueTask<Result<RefundView>> Get(Caller caller) => ValueTask.FromResult<Result<RefundView>>(
        record.RecordExists && (caller.Role == PlatformRole.Operator || record.State.By == caller.Id) ? record.State.ToView(Id) : RefundProblems.NotFound);

    public async ValueTask<Result<RefundView>> Retry(Caller caller)
    {
        if (caller.Role != PlatformRole.Operator) { return RefundProblems.OperatorsOnly; }

        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists) { return RefundProblems.NotFound; }
            if (record.State is { Stage: RefundState.Failed, TopUpId: not null, IsOutside: false })
            {
                await FinishAsync();
                if (!record.State.Told) { return TopUpProblems.Busy; }
                await tools.DueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CardPaymentTimes.FirstLook);
                await ApplyAsync(RefundHappened.Retried, record.State with
                {
                    Attempt = record.State.Attempt + 1,
                    FailedIds = record.State.ProviderId is { } failed && !record.State.FailedIds.Contains(failed)
                        ? record.State.FailedIds.Add(failed)
                        : record.State.FailedIds,
                    ProviderId = null,
                    ByOperator = true,
                    Told = false,
                    Problem = null,
                });
                if (await BeginAsync(caller) is { } refused)
                {
                    await ApplyAsync(RefundHappened.NotTaken, record.State with { Problem = refused.Message });
                    await FinishAsync();
                    return refused;
                }
            }

            advancing = AdvanceOnce();
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds), Time);
        return record.State.ToView(Id);
    }

    public async ValueTask Moved(ProviderRefund refund)
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists) { await OpenOutsideAsync(refund); }
        await TakeInAsync(refund);
        await FinishAsync();
    }

    public async ValueTask CameBack(ProviderRefund refund, string purpose, string thingId)
    {
        using var turn = await _turn.EnterAsync();
        if (record.RecordExists) { return; }

        var now = Time.GetUtcNow();
        await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.FirstLook);
        await lists.AddRefundAsync(Id, now);
        await StoreAsync(new RefundRecord
        {
            Stage = RefundState.Failed,
            IsOutside = true,
            IsOfThing = true,
            OutsidePurpose = purpose,
            OutsideThing = thingId,
            AmountMinor = refund.AmountMinor,
            Currency = refund.Currency,
            PaymentIntentId = refund.PaymentIntentId,
            ProviderId = refund.RefundId,
            RequestedAt = now,
            SentAt = now,
            Reason = $"Refund of {things.Of(purpose)?.Kind} {thingId}",
            Problem = RefundProblems.CameBack,
        });
        await FinishAsync();
    }

    public async ValueTask OnDue()
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists)
            {
                // The due time was set, and then the row was not written or was refused: nothing has happened.
                await tools.DueTimes.ClearAsync(DueType, Id);
                return;
            }

            if (record.State.Stage == RefundState.Requested && await BeginAsync(caller: null) is { } refused)
            {
                await ApplyAsync(RefundHappened.NotTaken, record.State with { Problem = refused.Message });
            }

            await FinishAsync();
            advancing = AdvanceOnce();
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds), Time);
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller caller, RequestRefund request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (request.Reason is not { Length: <= ReasonLengthMax } || (request.TopUpId is null) == (request.GiftEntry is null)) { return RefundProblems.Malformed; }
        if (request.TopUpId is not null and not { Length: > 0 and <= GrainId.KeyLengthMax }) { return TopUpProblems.NotFound; }
        if (request.GiftEntry is not null && caller.Role != PlatformRole.Operator) { return RefundProblems.OperatorsOnly; }
        if (request.Coins is < 1) { return RefundProblems.Malformed; }

        await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.FirstLook);
        await lists.AddRefundAsync(Id, now);
        await StoreAsync(new RefundRecord
        {
            Stage = RefundState.Requested,
            By = caller.Id,
            ByOperator = caller.Role == PlatformRole.Operator,
            Fingerprint = fingerprint,
            TopUpId = request.TopUpId,
            GiftEntry = request.GiftEntry,
            CoinsAsked = request.Coins,
            Reason = request.Reason,
            RequestedAt = now,
        });
        return null;
    }

    /// <summary>A refund that was made at the provider: noted, so that what was paid is told until it knows.</summary>
    private async Task OpenOutsideAsync(ProviderRefund refund)
    {
        var now = Time.GetUtcNow();
        await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.FirstLook);
        await lists.AddRefundAsync(Id, now);
        await StoreAsync(new RefundRecord
        {
            Stage = RefundState.Sent,
            IsOutside = true,
            AmountMinor = refund.AmountMinor,
            Currency = refund.Currency,
            PaymentIntentId = refund.PaymentIntentId,
            ProviderId = refund.RefundId,
            RequestedAt = now,
            SentAt = now,
            Reason = "Made at the payment provider",
        });
    }

    /// <summary>Keeps the coins back, or gives the gift back: what must come before the provider.</summary>
    /// <param name="caller">Null after a crash: then it was let through before.</param>
    private async Task<Refusal?> BeginAsync(Caller? caller)
    {
        var state = record.State;
        if (state.GiftEntry is { } gift) { return await ReverseGiftAsync(gift); }

        var who = caller ?? new Caller(new Person(state.By, ""), PlatformRole.Member);
        var held = await TopUp.HoldRefund(who, Id, state.CoinsAsked, state.ByOperator);
        if (!held.Ok) { return held.Refusal; }

        await ApplyAsync(RefundHappened.CoinsHeld, state with
        {
            Coins = held.Value.Coins,
            AmountMinor = held.Value.AmountMinor,
            Currency = held.Value.Currency,
            PaymentIntentId = held.Value.PaymentIntentId,
            SentAt = Time.GetUtcNow(),
        });
        return null;
    }

    private async Task<Refusal?> ReverseGiftAsync(Guid gift)
    {
        // Gifts only: whatever else the ledger knows has a money side, or two operators behind it.
        long coins = 0;
        var outcome = await Steps.TakeAsync("gift", record.State.CoinsAsked ?? -1, async (key, amount) =>
        {
            var answer = await GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Reverse(new LedgerReversal(
                key, PaymentIds.Fingerprint("refund", Id, gift, amount), gift, amount < 0 ? null : amount, $"refund:{Id}", [],
                Only: LedgerEntryKind.Gift));
            coins = answer.Amount;
            return answer;
        });
        switch (outcome)
        {
            case LedgerOutcome.Moved:
                await ApplyAsync(RefundHappened.MoneyGone, record.State with { Coins = coins, Told = true });
                return null;
            case LedgerOutcome.OriginalUnknown:
                return RefundProblems.NoGift;
            case LedgerOutcome.TooMuch:
                return RefundProblems.GivenBack;
            default:
                return TopUpProblems.Busy;
        }
    }

    /// <summary>Tells what was paid how it ended, and says when to look again.</summary>
    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if (record.State is { Stage: RefundState.Succeeded or RefundState.Failed, Told: false } && !await TryTellAsync())
        {
            await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.AskEvery);
            return;
        }

        if (record.State.Stage is RefundState.Succeeded or RefundState.Failed) { await tools.DueTimes.ClearAsync(DueType, Id); }
        else { await tools.DueTimes.SetAsync(DueType, Id, CardPaymentTimes.NextLook(record.State.RequestedAt, now)); }
    }

    private async Task<bool> TryTellAsync()
    {
        try
        {
            if (record.State.IsOutside ? !await TellOutsideAsync() : !await TellTopUpAsync()) { return false; }
            await StoreAsync(record.State with { Told = true });
            return true;
        }
        catch (Exception error)
        {
            Log.TellFailed(logger, error, Id);
            return false;
        }
    }

    private async Task<bool> TellTopUpAsync()
    {
        if (record.State.Stage == RefundState.Succeeded) { await TopUp.CompleteRefund(Id); }
        else { await TopUp.DropRefund(Id); }
        return true;
    }

    private async Task<bool> TellOutsideAsync()
    {
        var state = record.State;
        if (state.Stage == RefundState.Failed)
        {
            if (state.OutsideThing is null || things.Of(state.OutsidePurpose!) is not { } whose) { return true; }
            if (!state.IsOfThing) { Log.OutsideFailed(logger, Id, state.OutsidePurpose, state.OutsideThing); }
            return (state.IsOfThing ? whose.RefundFailed : whose.OutsideRefundFailed) is not { } failed
                || await failed(GrainFactory, state.OutsideThing, NewsOf(state));
        }

        if (state.OutsideThing is null)
        {
            switch (await owners.FindAsync(state.PaymentIntentId!))
            {
                case PaymentOwner.Ours ours:
                    state = state with { OutsidePurpose = ours.Thing.Purpose, OutsideThing = ours.Id };
                    await StoreAsync(state);
                    break;
                case PaymentOwner.Nobody:
                    Log.NotOurs(logger, Id, state.PaymentIntentId);
                    return true;
                default:
                    return false;
            }
        }

        return things.Of(state.OutsidePurpose!) is { } thing
            && await thing.RefundMoved(GrainFactory, state.OutsideThing!, NewsOf(state));
    }

    private RefundNews NewsOf(RefundRecord state) => new(Id, state.PaymentIntentId!, state.AmountMinor, state.Currency);

    /// <summary>One conversation with the provider at a time; whoever comes meanwhile waits for the same.</summary>
    private Task AdvanceOnce()
    {
        if (_advancing.IsCompleted && record.State.Stage is RefundState.Sent or RefundState.Pending) { _advancing = AdvanceAsync(); }
        return _advancing;
    }

    private async Task AdvanceAsync()
    {
        var sight = await sender.AdvanceAsync(Id, record.State);
        using var turn = await _turn.EnterAsync();
        switch (sight)
        {
            case RefundSight.Seen seen:
                await TakeInAsync(seen.Refund);
                break;
            case RefundSight.Refused refused:
                await ApplyAsync(RefundHappened.NotTaken, record.State with { Problem = refused.Problem, Told = false });
                break;
        }

        await FinishAsync();
    }

    private Task TakeInAsync(ProviderRefund refund)
    {
        // Events come in any order: what the provider has said of a refund before its failure is old, whenever it is heard.
        var state = record.State;
        if (state.FailedIds.Contains(refund.RefundId)) { return Task.CompletedTask; }

        var happened = RefundMachine.Read(refund.Status);
        return ApplyAsync(happened, state with
        {
            ProviderId = refund.RefundId,
            FailedIds = happened == RefundHappened.NotTaken ? state.FailedIds.Add(refund.RefundId) : state.FailedIds,
            Told = happened == RefundHappened.TakenIn && state.Told,
            Problem = happened == RefundHappened.NotTaken ? "The bank did not take the money back." : state.Problem,
        });
    }

    /// <summary>Stores <paramref name="next"/> with the stage after <paramref name="happened"/>; without an arrow only the provider's ids are kept.</summary>
    private async Task ApplyAsync(RefundHappened happened, RefundRecord next)
    {
        if (!RefundMachine.Table.TryApply(record.State.Stage, happened, out var stage))
        {
            await StoreAsync(record.State with { ProviderId = next.ProviderId, FailedIds = next.FailedIds });
            return;
        }

        Log.Moved(logger, Id, record.State.Stage, stage, next.ProviderId);
        await StoreAsync(next with { Stage = stage });
    }

    private Task StoreAsync(RefundRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6260, Level = LogLevel.Information, Message = "Refund {RefundId} went from {From} to {To} ({ProviderId})")]
        public static partial void Moved(ILogger logger, string refundId, RefundState from, RefundState to, string? providerId);

        [LoggerMessage(EventId = 6261, Level = LogLevel.Warning, Message = "What refund {RefundId} gives back could not be told; it is told when due")]
        public static partial void TellFailed(ILogger logger, Exception error, string refundId);

        [LoggerMessage(EventId = 6262, Level = LogLevel.Warning, Message = "Refund {RefundId} is of payment {PaymentIntentId}, which is nothing of ours")]
        public static partial void NotOurs(ILogger logger, string refundId, string? paymentIntentId);

        [LoggerMessage(EventId = 6263, Level = LogLevel.Error,
            Message = "Refund {RefundId}, made at the provider for {Purpose} {ThingId}, has failed there after all; see how the buyer gets the money")]
        public static partial void OutsideFailed(ILogger logger, string refundId, string? purpose, string thingId);
    }
}
