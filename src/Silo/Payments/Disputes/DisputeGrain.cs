using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments.Disputes;

/// <summary>
/// One dispute or early fraud warning: finds what was paid and tells it, posts what the provider does with the money, and speaks to
/// the bank for the operator. The row and its due time are durable before anybody is told.
/// </summary>
internal sealed partial class DisputeGrain(
    [PersistentState("dispute")] IPersistentState<DisputeRecord> record, StripeClient stripe, PaymentOwners owners, PaidThings things,
    DeskLists lists, CardPaymentTools tools, ILogger<DisputeGrain> logger) : Grain, IDisputeGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Dispute";

    /// <summary>Characters of each text of the evidence.</summary>
    private const int TextLengthMax = 5_000;

    /// <summary>Between looks at an open dispute; webhooks are what usually tells.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromHours(6);

    private string Id => GetPrimaryKeyString();

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private LedgerSteps Steps => field ??= new LedgerSteps(() => record.State.Steps, steps => StoreAsync(record.State with { Steps = steps }), Time);

    public async ValueTask Moved(ProviderDispute dispute)
    {
        await TakeInAsync(dispute);
        await FinishAsync();
    }

    public async ValueTask<Result<DisputeView>> Get(Caller caller)
    {
        await Task.CompletedTask;
        return Refuse(caller) is { } refusal ? refusal : View();
    }

    public async ValueTask<Result<DisputeView>> GiveEvidence(Caller caller, GiveEvidence evidence)
    {
        if (Refuse(caller) is { } refusal) { return refusal; }
        if (record.State.Stage != DisputeState.NeedsResponse && !(record.State is { Stage: DisputeState.Warning, IsWarning: false })) { return DisputeProblems.Closed; }
        if (record.State.EvidenceSent) { return DisputeProblems.Sent; }
        if (evidence.Text is not { } text || !Texts(text).All(one => one is null or { Length: <= TextLengthMax })) { return DisputeProblems.TooLong(TextLengthMax); }

        // The version is durable before the provider is called: the same text again is the same call.
        if (record.State.Evidence != text) { await StoreAsync(record.State with { Evidence = text, EvidenceVersion = record.State.EvidenceVersion + 1 }); }
        var answer = await stripe.UpdateDisputeAsync(
            Id,
            new UpdateDispute(
                new DisputeEvidence(
                    text.ProductDescription, text.CustomerName, AccessActivityLog: text.AccessActivityLog, ServiceDate: text.ServiceDate,
                    RefundRefusalExplanation: text.RefundRefusalExplanation, UncategorizedText: text.UncategorizedText),
                evidence.Submit),
            $"dispute:{Id}:evidence:{record.State.EvidenceVersion}:{(evidence.Submit ? "sent" : "kept")}");
        if (answer is StripeAnswer<StripeDispute>.Ok && evidence.Submit) { await StoreAsync(record.State with { EvidenceSent = true }); }
        return await AnswerAsync(answer);
    }

    public async ValueTask<Result<DisputeView>> Accept(Caller caller)
    {
        if (Refuse(caller) is { } refusal) { return refusal; }
        if (record.State.Stage == DisputeState.Lost) { return View(); }
        if (record.State.IsWarning || DisputeMachine.IsOver(record.State.Stage)) { return DisputeProblems.Closed; }
        return await AnswerAsync(await stripe.CloseDisputeAsync(Id, $"dispute:{Id}:close"));
    }

    public async ValueTask<Result<DisputeView>> Release(Caller caller)
    {
        if (Refuse(caller) is { } refusal) { return refusal; }
        if (record.State.Stage == DisputeState.Released) { return View(); }
        if (record.State is not { IsWarning: true, Stage: DisputeState.Warning }) { return DisputeProblems.NotAWarning; }

        await tools.DueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CardPaymentTimes.PostAgain);
        await ApplyAsync(DisputeHappened.WarningEnded, record.State);
        await FinishAsync();
        return View();
    }

    public async ValueTask OnDue()
    {
        if (!record.RecordExists)
        {
            await tools.DueTimes.ClearAsync(DueType, Id);
            return;
        }

        if (!record.State.IsWarning && !DisputeMachine.IsOver(record.State.Stage)
            && await stripe.GetDisputeAsync(Id) is StripeAnswer<StripeDispute>.Ok { Value: var seen })
        {
            await TakeInAsync(ProviderObjects.Read(seen));
        }

        await FinishAsync();
    }

    private async Task TakeInAsync(ProviderDispute dispute)
    {
        await tools.DueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CardPaymentTimes.PostAgain);
        var isWarning = dispute.Status == ProviderObjects.EarlyFraudWarning;
        var happened = DisputeMachine.Read(dispute.Status);
        var state = record.State;
        if (!record.RecordExists)
        {
            state = new DisputeRecord { Stage = DisputeState.Warning, Provider = dispute, IsWarning = isWarning, AmountMinor = dispute.AmountMinor, Currency = dispute.Currency };
            await lists.SetDisputeAsync(Id, dispute.CreatedAt, isOpen: true);
        }

        // News come late and out of order: what is said of the end stays, and the money that was taken once was taken.
        state = state with
        {
            Provider = DisputeMachine.IsOver(state.Stage) ? state.Provider : dispute with { PaymentIntentId = dispute.PaymentIntentId ?? state.Provider.PaymentIntentId },
            Withdrawn = state.Withdrawn || (!isWarning && dispute.Status is "needs_response" or "under_review" or "won" or "lost"),
        };
        await ApplyAsync(happened, state);
    }

    /// <summary>Posts the money, tells what was paid, keeps the list, and says when to look again.</summary>
    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        try
        {
            if (!await FindOwnerAsync() || !await PostMoneyAsync() || !await TellAsync())
            {
                await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.AskEvery);
                return;
            }
        }
        catch (Exception error)
        {
            Log.NotFinished(logger, error, Id);
            await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.AskEvery);
            return;
        }

        var isOver = DisputeMachine.IsOver(record.State.Stage);
        await lists.SetDisputeAsync(Id, record.State.Provider.CreatedAt, !isOver);
        if (isOver || record.State.IsWarning) { await tools.DueTimes.ClearAsync(DueType, Id); }
        else { await tools.DueTimes.SetAsync(DueType, Id, now + LookEvery); }
    }

    private async Task<bool> FindOwnerAsync()
    {
        var state = record.State;
        if (state.IsNobodys || state.ThingId.Length > 0) { return true; }
        if (state.Provider.PaymentIntentId is not { } payment)
        {
            if (await stripe.GetChargeAsync(state.Provider.ChargeId) is not StripeAnswer<StripeCharge>.Ok { Value: var charge }) { return false; }
            if (charge.PaymentIntent is null)
            {
                Log.NotOurs(logger, Id, state.Provider.ChargeId);
                await StoreAsync(state with { IsNobodys = true });
                return true;
            }

            payment = charge.PaymentIntent;
            state = state with { Provider = state.Provider with { PaymentIntentId = payment } };
        }

        switch (await owners.FindAsync(payment))
        {
            case PaymentOwner.Ours ours:
                await StoreAsync(state with
                {
                    Purpose = ours.Thing.Purpose,
                    ThingId = ours.Id,
                    AmountMinor = state.AmountMinor > 0 ? state.AmountMinor : ours.Payment.Amount,
                    Currency = state.Currency.Length > 0 ? state.Currency : ours.Payment.Currency,
                });
                return true;
            case PaymentOwner.Nobody:
                Log.NotOurs(logger, Id, payment);
                await StoreAsync(state with { IsNobodys = true });
                return true;
            default:
                return false;
        }
    }

    /// <summary>What the provider takes for the time being, and gives back when the dispute is won. Its fee is posted by the reconciliation.</summary>
    private async Task<bool> PostMoneyAsync()
    {
        var state = record.State;
        if (!state.Withdrawn || state.AmountMinor == 0) { return true; }

        var (disputed, clearing) = (LedgerAccount.Disputed(LedgerUnit.UsdCents), LedgerAccount.Clearing(LedgerUnit.UsdCents));
        if (await Steps.TakeAsync("withdrawn", state.AmountMinor, (key, minor) => Ledger.Post(Money(key, disputed, clearing, minor))) != LedgerOutcome.Moved) { return false; }
        if (state is { IsNobodys: true, Stage: DisputeState.Lost })
        {
            // Nothing was paid that could be taken back, so nobody else levels it.
            var losses = LedgerAccount.Losses(LedgerUnit.UsdCents);
            return await Steps.TakeAsync("lost", state.AmountMinor, (key, minor) => Ledger.Post(Money(key, losses, disputed, minor))) == LedgerOutcome.Moved;
        }

        return state.Stage != DisputeState.Won
            || await Steps.TakeAsync("reinstated", state.AmountMinor, (key, minor) => Ledger.Post(Money(key, clearing, disputed, minor))) == LedgerOutcome.Moved;
    }

    private LedgerEntry Money(Guid key, LedgerAccount from, LedgerAccount to, long minor) => new(
        key, PaymentIds.Fingerprint("dispute", Id, from.Kind, minor), LedgerEntryKind.Dispute, from, [new LedgerLeg(to, minor)], Rate: 0, Reference: $"dispute:{Id}");

    private async Task<bool> TellAsync()
    {
        var state = record.State;
        var move = DisputeMachine.MoveOf(state.Stage);
        if (state.IsNobodys || state.Told == move) { return true; }
        if (things.Of(state.Purpose) is not { } thing) { return false; }

        var news = new DisputeNews(Id, move, state.Provider.PaymentIntentId!, state.AmountMinor, state.Currency, state.Provider.Reason);
        if (!await thing.DisputeMoved(GrainFactory, state.ThingId, news)) { return false; }
        await StoreAsync(record.State with { Told = move });
        return true;
    }

    private async Task<Result<DisputeView>> AnswerAsync(StripeAnswer<StripeDispute> answer)
    {
        switch (answer)
        {
            case StripeAnswer<StripeDispute>.Ok { Value: var dispute }:
                await TakeInAsync(ProviderObjects.Read(dispute));
                await FinishAsync();
                return View();
            case StripeAnswer<StripeDispute>.Refused:
                return DisputeProblems.Closed;
            default:
                return DisputeProblems.Unanswered;
        }
    }

    private Refusal? Refuse(Caller caller)
    {
        if (caller.Role != PlatformRole.Operator) { return DisputeProblems.OperatorsOnly; }
        return record.RecordExists ? null : DisputeProblems.NotFound;
    }

    private DisputeView View() => record.State.ToView(Id, things.Of(record.State.Purpose)?.Kind ?? "unknown");

    private async Task ApplyAsync(DisputeHappened happened, DisputeRecord next)
    {
        if (DisputeMachine.Table.TryApply(next.Stage, happened, out var stage))
        {
            Log.Moved(logger, Id, next.Stage, stage, next.Provider.Reason);
            next = next with { Stage = stage };
        }

        await StoreAsync(next);
    }

    private async Task StoreAsync(DisputeRecord next)
    {
        if (record.RecordExists && next == record.State) { return; }
        record.State = next;
        try
        {
            await record.WriteStateAsync();
        }
        catch
        {
            // Memory and store may differ: the next call finds an activation that has read what is true.
            DeactivateOnIdle();
            throw;
        }
    }

    private static IEnumerable<string?> Texts(DisputeText text) =>
        [text.ProductDescription, text.CustomerName, text.AccessActivityLog, text.ServiceDate, text.RefundRefusalExplanation, text.UncategorizedText];

    private static partial class Log
    {
        [LoggerMessage(EventId = 6270, Level = LogLevel.Warning, Message = "Dispute {DisputeId} went from {From} to {To} ({Reason})")]
        public static partial void Moved(ILogger logger, string disputeId, DisputeState from, DisputeState to, string reason);

        [LoggerMessage(EventId = 6271, Level = LogLevel.Warning, Message = "What follows from dispute {DisputeId} could not be finished; it is tried again")]
        public static partial void NotFinished(ILogger logger, Exception error, string disputeId);

        [LoggerMessage(EventId = 6272, Level = LogLevel.Warning, Message = "Dispute {DisputeId} is of payment {PaymentId}, which is nothing of ours")]
        public static partial void NotOurs(ILogger logger, string disputeId, string paymentId);
    }
}
