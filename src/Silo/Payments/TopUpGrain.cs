using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>
/// One purchase of coins. The row and its due time are durable before the provider is called, so whatever is cut off is finished by a
/// webhook or when it is due. Reentrant: decisions take turns by themselves, calls to the provider run beside them.
/// </summary>
[Reentrant]
internal sealed partial class TopUpGrain(
    [PersistentState("top-up")] IPersistentState<TopUpRecord> record,
    CardPayments payments, DueTimes dueTimes, IOptions<PaymentsOptions> options, ILogger<TopUpGrain> logger) : Grain, ITopUpGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "TopUp";

    /// <summary>From the start to the first look at what became of it; the call to the provider may well run still, which is harmless.</summary>
    private static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(30);

    /// <summary>Between looks at a payment that is under way; webhooks are what usually tells.</summary>
    private static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    /// <summary>Between looks at a payment that has been under way for long.</summary>
    private static readonly TimeSpan LookSeldom = TimeSpan.FromHours(1);

    /// <summary>Until money that is taken is credited by another try.</summary>
    private static readonly TimeSpan CreditAgain = TimeSpan.FromSeconds(2);

    /// <summary>A payer who waits and asks makes us ask the provider at most this often.</summary>
    private static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long a question about a top-up waits for the provider.</summary>
    private static readonly TimeSpan AskWait = TimeSpan.FromSeconds(3);

    private readonly PaymentTurn _turn = new();
    private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _advancing = Task.CompletedTask;
    private DateTimeOffset _asked;

    private string Id => GetPrimaryKeyString();

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private ITopUpAllowanceGrain Allowance => GrainFactory.GetGrain<ITopUpAllowanceGrain>(record.State.Viewer.Id);

    public async ValueTask<Result<TopUpView>> Start(Caller viewer, StartTopUp request)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            // Without the page to return to: a reloaded page may come back with the same key from another address.
            var fingerprint = PaymentIds.Fingerprint(viewer.Id, request.PackId, request.Coins, request.PaymentMethod);
            if (record.RecordExists)
            {
                if (record.State.Fingerprint != fingerprint)
                {
                    return new Refusal(RefusalCode.KeyReused, "This key was used for another top-up. Start again with a new one.");
                }
            }
            else if (await OpenAsync(viewer, request, fingerprint) is { } refusal)
            {
                return refusal;
            }

            advancing = record.State.Stage == TopUpStage.Submitted ? AdvanceOnce() : Task.CompletedTask;
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing, _moved.Task), TimeSpan.FromSeconds(options.Value.AnswerWithinSeconds), Time);
        return await ViewAsync();
    }

    public async ValueTask<Result<TopUpView>> Get(Caller caller)
    {
        var advancing = Task.CompletedTask;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists || record.State.Viewer.Id != caller.Id)
            {
                return new Refusal(RefusalCode.PaymentNotFound, "There is no such top-up. Look into your wallet for what was credited.");
            }

            if (!record.State.IsOver && record.State.Stage != TopUpStage.Paid && Time.GetUtcNow() - _asked >= AskEvery)
            {
                advancing = AdvanceOnce();
            }
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), AskWait, Time);
        return await ViewAsync();
    }

    public async ValueTask PaymentMoved(PaymentNews news)
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists)
        {
            Log.UnknownTopUp(logger, Id, news.PaymentIntentId);
            return;
        }

        await MoveAsync(news);
        await FinishAsync();
    }

    public async ValueTask OnDue()
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists)
            {
                // The due time was set, and then the row was not written: nothing has happened.
                await dueTimes.ClearAsync(DueType, Id);
                return;
            }

            if (record.State.IsOver || record.State.Stage == TopUpStage.Paid)
            {
                await FinishAsync();
                return;
            }

            advancing = AdvanceOnce();
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), TimeSpan.FromSeconds(options.Value.AnswerWithinSeconds), Time);
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller viewer, StartTopUp request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (PaymentIds.Check(request.PaymentMethod, request.ReturnUrl) is { } badText) { return badText; }
        if (!payments.Available)
        {
            return new Refusal(RefusalCode.PaymentUnavailable, "Payments are not set up on this server. Ask its operator.");
        }

        var price = TopUpPrices.Find(request.PackId, request.Coins);
        if (!price.Ok) { return price.Refusal; }

        var allowed = await GrainFactory.GetGrain<ITopUpAllowanceGrain>(viewer.Id).Take(Id, price.Value.PriceMinor);
        if (!allowed.Ok) { return allowed.Refusal; }

        await dueTimes.SetAsync(DueType, Id, now + FirstLook);
        TopUpMachine.TryApply(TopUpStage.Created, TopUpHappened.Sent, out var stage);
        await StoreAsync(new TopUpRecord
        {
            Stage = stage,
            Viewer = viewer.Person,
            Fingerprint = fingerprint,
            Coins = price.Value.Coins,
            PriceMinor = price.Value.PriceMinor,
            Currency = TopUpPrices.Currency,
            PaymentMethod = request.PaymentMethod,
            ReturnUrl = request.ReturnUrl,
            CreatedAt = now,
        });
        return null;
    }

    /// <summary>One conversation with the provider at a time; whoever comes meanwhile waits for the same.</summary>
    private Task AdvanceOnce()
    {
        if (_advancing.IsCompleted)
        {
            _asked = Time.GetUtcNow();
            _advancing = AdvanceAsync();
        }

        return _advancing;
    }

    private async Task AdvanceAsync()
    {
        try
        {
            var state = record.State;
            var late = Time.GetUtcNow() >= state.CreatedAt + TimeSpan.FromMinutes(options.Value.ConfirmWithinMinutes);
            var sight = late && state is { Stage: TopUpStage.Submitted or TopUpStage.RequiresAction, PaymentIntentId: { } known }
                ? await payments.CancelAsync(known)
                : await payments.AdvanceAsync(state.ToCharge(Id), state.PaymentIntentId, mayPost: state.Stage == TopUpStage.Submitted);

            using var turn = await _turn.EnterAsync();
            await TakeInAsync(sight);
        }
        catch (Exception error)
        {
            Log.AdvanceFailed(logger, error, Id);
            throw;
        }
    }

    private async Task TakeInAsync(PaymentSight sight)
    {
        switch (sight)
        {
            case PaymentSight.Seen seen:
                await MoveAsync(seen.News);
                break;
            case PaymentSight.Refused refused:
                await ApplyAsync(TopUpHappened.PaymentFailed, record.State with { Problem = refused.Problem });
                break;
            case PaymentSight.Absent:
                await ApplyAsync(
                    TopUpHappened.PaymentFailed,
                    record.State with { Problem = "The payment did not reach the payment provider and nothing was charged. Start again." });
                break;
        }

        await FinishAsync();
    }

    private async Task MoveAsync(PaymentNews news)
    {
        var state = record.State;
        if (state.PaymentIntentId is { } known && known != news.PaymentIntentId)
        {
            Log.SecondPayment(logger, Id, known, news.PaymentIntentId, news.Status);
            return;
        }

        var next = state with { PaymentIntentId = news.PaymentIntentId };
        switch (TopUpMachine.Read(news.Status, news.Problem))
        {
            case TopUpHappened.MoneyTaken when news.AmountMinor != state.PriceMinor || news.Currency != state.Currency:
                Log.OtherAmount(logger, Id, news.PaymentIntentId, news.AmountMinor, news.Currency, state.PriceMinor, state.Currency);
                await StoreAsync(next);
                break;
            case TopUpHappened.PaymentCanceled:
                await ApplyAsync(
                    TopUpHappened.PaymentCanceled,
                    next with { Problem = "The payment was not confirmed and was canceled; nothing was charged. Start again." });
                break;
            case { } happened:
                await ApplyAsync(happened, next with { ActionUrl = news.ActionUrl ?? state.ActionUrl, Problem = news.Problem });
                break;
            default:
                await StoreAsync(next);
                break;
        }
    }

    /// <summary>Stores <paramref name="next"/> with the stage after <paramref name="happened"/>; without an arrow only the payment's id is kept.</summary>
    private async Task ApplyAsync(TopUpHappened happened, TopUpRecord next)
    {
        if (!TopUpMachine.TryApply(record.State.Stage, happened, out var stage))
        {
            await StoreAsync(record.State with { PaymentIntentId = next.PaymentIntentId });
            return;
        }

        Log.Moved(logger, Id, record.State.Stage, stage, next.PaymentIntentId);
        await StoreAsync(next with { Stage = stage });
    }

    /// <summary>Does what the stage asks for, and says when to look again.</summary>
    private async Task FinishAsync()
    {
        if (record.State.Stage == TopUpStage.Paid && !await TryCreditAsync())
        {
            await dueTimes.SetAsync(DueType, Id, Time.GetUtcNow() + CreditAgain);
            return;
        }

        if (!record.State.IsOver)
        {
            var now = Time.GetUtcNow();
            await dueTimes.SetAsync(DueType, Id, now + (now - record.State.CreatedAt < LookSeldom ? LookEvery : LookSeldom));
            if (record.State.Stage != TopUpStage.Submitted) { _moved.TrySetResult(); }
            return;
        }

        // What is left is tidying up, and the due time stands until it is done: the viewer need not wait for it.
        _moved.TrySetResult();
        if (record.State.Stage != TopUpStage.Credited) { await Allowance.GiveBack(Id); }
        await dueTimes.ClearAsync(DueType, Id);
    }

    /// <summary>Posts the coins. False: not now; the money is noted and the due time comes back to it.</summary>
    private async Task<bool> TryCreditAsync()
    {
        try
        {
            if (record.State.LedgerKey is null)
            {
                await StoreAsync(record.State with { LedgerKey = Guid.CreateVersion7(Time.GetUtcNow()) });
            }

            var state = record.State;
            var answer = await Ledger.Post(new LedgerEntry(
                state.LedgerKey!.Value,
                PaymentIds.Fingerprint("topup", Id, state.Viewer.Id, state.Coins),
                LedgerEntryKind.TopUp,
                LedgerAccount.Clearing(LedgerUnit.Coins),
                [new LedgerLeg(LedgerAccount.Coins(state.Viewer.Id), state.Coins)],
                Rate: 0,
                Reference: $"topup:{Id}"));
            switch (answer.Outcome)
            {
                case LedgerOutcome.Moved:
                    await ApplyAsync(TopUpHappened.CoinsCredited, state);
                    return true;
                case LedgerOutcome.KeyOutOfTime:
                    // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
                    await StoreAsync(state with { LedgerKey = null });
                    return false;
                default:
                    Log.NotCredited(logger, Id, answer.Outcome);
                    return false;
            }
        }
        catch (Exception error)
        {
            Log.CreditFailed(logger, error, Id);
            return false;
        }
    }

    private Task StoreAsync(TopUpRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    private async Task<TopUpView> ViewAsync()
    {
        var state = record.State;
        long? balance = state.Stage == TopUpStage.Credited ? await Ledger.GetBalance(LedgerAccount.Coins(state.Viewer.Id)) : null;
        return state.ToView(Id, balance);
    }

    private static partial class Log
    {
        [LoggerMessage(EventId = 6201, Level = LogLevel.Information, Message = "Top-up {TopUpId} went from {From} to {To} ({PaymentIntentId})")]
        public static partial void Moved(ILogger logger, string topUpId, TopUpStage from, TopUpStage to, string? paymentIntentId);

        [LoggerMessage(EventId = 6202, Level = LogLevel.Warning, Message = "Payment {PaymentIntentId} names top-up {TopUpId}, which does not exist; ignored")]
        public static partial void UnknownTopUp(ILogger logger, string topUpId, string paymentIntentId);

        [LoggerMessage(EventId = 6203, Level = LogLevel.Error,
            Message = "Top-up {TopUpId} has payment {Known}, and {Other} ({Status}) names it too: not credited a second time, check it by hand")]
        public static partial void SecondPayment(ILogger logger, string topUpId, string known, string other, string status);

        [LoggerMessage(EventId = 6204, Level = LogLevel.Error,
            Message = "Top-up {TopUpId}: payment {PaymentIntentId} took {Amount} {Currency} instead of {Price} {PriceCurrency}; not credited, check it by hand")]
        public static partial void OtherAmount(
            ILogger logger, string topUpId, string paymentIntentId, long amount, string currency, long price, string priceCurrency);

        [LoggerMessage(EventId = 6205, Level = LogLevel.Error, Message = "Top-up {TopUpId} is paid and the ledger answered {Outcome}; it is tried again")]
        public static partial void NotCredited(ILogger logger, string topUpId, LedgerOutcome outcome);

        [LoggerMessage(EventId = 6206, Level = LogLevel.Error, Message = "Top-up {TopUpId} is paid and could not be credited; it is tried again")]
        public static partial void CreditFailed(ILogger logger, Exception error, string topUpId);

        [LoggerMessage(EventId = 6207, Level = LogLevel.Warning, Message = "Top-up {TopUpId} could not be brought forward; it is tried again when due")]
        public static partial void AdvanceFailed(ILogger logger, Exception error, string topUpId);
    }
}
