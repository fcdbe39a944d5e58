using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Storage;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payments;

/// <summary>What every run of a card payment needs.</summary>
internal sealed class CardPaymentTools(
    CardPayments payments, DueTimes dueTimes, IOptions<PaymentsOptions> options, TimeProvider time, ILogger<CardPaymentTools> logger)
{
    public CardPayments Payments => payments;

    public DueTimes DueTimes => dueTimes;

    public PaymentsOptions Options => options.Value;

    public TimeProvider Time => time;

    public ILogger Logger => logger;
}

/// <summary>
/// What top-ups, card gifts and orders share: the turn, the conversation with the provider, taking in what it says, and the stored
/// row. The row and its due time are durable before the provider is called, so whatever is cut off is finished by a webhook or when it
/// is due. The grain that owns it is reentrant: decisions take turns here, calls to the provider run beside them.
/// </summary>
/// <param name="id">Our id: the grain's key.</param>
internal sealed class CardPaymentRun<TRecord, TStage, TEvent>(
    ICardPaymentMachine<TRecord, TStage, TEvent> machine, IPersistentState<TRecord> record, string id, CardPaymentTools tools)
    where TRecord : CardPaymentRecord<TStage>, new()
    where TStage : struct, Enum
    where TEvent : struct, Enum
{
    private readonly PaymentTurn _turn = new();
    private readonly TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Task _advancing = Task.CompletedTask;
    private DateTimeOffset _asked;

    private DateTimeOffset Now => tools.Time.GetUtcNow();

    private TimeSpan AnswerWithin => TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds);

    /// <summary>Waits for the turn; dispose the answer to end it. Everything that decides or stores needs it.</summary>
    public ValueTask<PaymentTurn.Ticket> EnterAsync() => _turn.EnterAsync();

    /// <summary>Starts it, or looks at what was started: answers when there is something to tell, or after the time a payer waits.</summary>
    /// <param name="prepare">Within the turn: makes the row durable and whatever must come before the payment, or refuses. Also called for a row that exists.</param>
    public async Task<Refusal?> StartAsync(long fingerprint, Func<Task<Refusal?>> prepare)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (record.RecordExists && record.State.Fingerprint != fingerprint) { return machine.KeyReused; }
            if (await prepare() is { } refusal) { return refusal; }
            advancing = machine.MayPost(record.State) ? AdvanceOnce() : Task.CompletedTask;
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing, _moved.Task), AnswerWithin, tools.Time);
        return null;
    }

    /// <summary>Asks the provider, unless it was asked a moment ago or there is nothing to ask. Waits a little for the answer.</summary>
    public async Task AskAsync()
    {
        var advancing = Task.CompletedTask;
        using (await _turn.EnterAsync())
        {
            if (record.RecordExists && machine.AsksProvider(record.State) && Now - _asked >= CardPaymentTimes.AskEvery) { advancing = AdvanceOnce(); }
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), CardPaymentTimes.AskWait, tools.Time);
    }

    /// <summary>Takes in news of the payment. Idempotent.</summary>
    public async Task TakeInAsync(PaymentNews news)
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists)
        {
            CardPaymentLog.UnknownThing(tools.Logger, machine.DueType, id, news.PaymentIntentId);
            return;
        }

        await MoveAsync(news);
        await machine.FinishAsync();
    }

    /// <summary>The due time has come: asks the provider, or finishes what is unfinished. Idempotent.</summary>
    public async Task OnDueAsync()
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if (!record.RecordExists)
            {
                // The due time was set, and then the row was not written or was refused: nothing has happened.
                await NothingIsDueAsync();
                return;
            }

            if (!machine.AsksProvider(record.State))
            {
                await machine.FinishAsync();
                return;
            }

            advancing = AdvanceOnce();
        }

        await PaymentTurn.WaitAsync(Task.WhenAny(advancing), AnswerWithin, tools.Time);
    }

    /// <summary>Stores <paramref name="next"/> with the stage after <paramref name="happened"/>; without an arrow only what is known of the payment is kept.</summary>
    /// <returns>Whether there was an arrow.</returns>
    public async Task<bool> ApplyAsync(TEvent happened, TRecord next)
    {
        if (!machine.Table.TryApply(record.State.Stage, happened, out var stage))
        {
            await StoreAsync(record.State with { PaymentIntentId = next.PaymentIntentId, PaymentEnded = next.PaymentEnded });
            return false;
        }

        var (from, to) = (record.State.Stage.ToString(), stage.ToString());
        CardPaymentLog.Moved(tools.Logger, machine.DueType, id, from, to, next.PaymentIntentId);
        await StoreAsync(next with { Stage = stage });
        SiloMetrics.Payment(machine.DueType, to);
        return true;
    }

    /// <summary>Stores the row, if it is another one.</summary>
    public Task StoreAsync(TRecord next)
    {
        if (record.RecordExists && next == record.State) { return Task.CompletedTask; }
        record.State = next;
        return _turn.WriteAsync(record.WriteStateAsync);
    }

    /// <summary>Forgets the row: it was refused before anything had happened.</summary>
    public Task ForgetAsync() => _turn.WriteAsync(record.ClearStateAsync);

    /// <summary>There is something to tell: whoever waits in <see cref="StartAsync"/> gets the answer.</summary>
    public void Tell() => _moved.TrySetResult();

    /// <summary>Wakes the grain at this time.</summary>
    public Task LookAgainAsync(DateTimeOffset at) => tools.DueTimes.SetAsync(machine.DueType, id, at);

    /// <summary>Nothing is left to do.</summary>
    public Task NothingIsDueAsync() => tools.DueTimes.ClearAsync(machine.DueType, id);

    /// <summary>Posts to the ledger under the row's key, which is stored before; a failure is logged and tried again when due.</summary>
    /// <returns>True: it is committed, now or before.</returns>
    public async Task<bool> TryPostAsync(Func<Guid, TRecord, ValueTask<LedgerAnswer>> post)
    {
        try
        {
            if (record.State.LedgerKey is null) { await StoreAsync(record.State with { LedgerKey = Guid.CreateVersion7(Now) }); }

            var answer = await post(record.State.LedgerKey!.Value, record.State);
            switch (answer.Outcome)
            {
                case LedgerOutcome.Moved:
                    return true;
                case LedgerOutcome.KeyOutOfTime:
                    // The ledger knows a used key whatever its age, so this one was never used and may be replaced.
                    await StoreAsync(record.State with { LedgerKey = null });
                    return false;
                default:
                    CardPaymentLog.NotPosted(tools.Logger, machine.DueType, id, answer.Outcome);
                    return false;
            }
        }
        catch (Exception error)
        {
            CardPaymentLog.PostFailed(tools.Logger, error, machine.DueType, id);
            return false;
        }
    }

    /// <summary>Commits after the first one: refunds, freezes, what is taken back.</summary>
    public LedgerSteps Steps => field ??= new LedgerSteps(() => record.State.Steps, steps => StoreAsync(record.State with { Steps = steps }), tools.Time);

    /// <summary>One conversation with the provider at a time; whoever comes meanwhile waits for the same.</summary>
    private Task AdvanceOnce()
    {
        if (_advancing.IsCompleted)
        {
            _asked = Now;
            _advancing = AdvanceAsync();
        }

        return _advancing;
    }

    private async Task AdvanceAsync()
    {
        try
        {
            var state = record.State;
            var sight = machine.MustEnd(state)
                ? await EndPaymentAsync(state)
                : await tools.Payments.AdvanceAsync(machine.ChargeOf(state), state.PaymentIntentId, machine.MayPost(state));

            using var turn = await _turn.EnterAsync();
            await TakeInAsync(sight);
        }
        catch (Exception error)
        {
            CardPaymentLog.AdvanceFailed(tools.Logger, error, machine.DueType, id);
            throw;
        }
    }

    /// <summary>The payer's time is over: nothing is posted any more, and what is there and unpaid is canceled.</summary>
    private async Task<PaymentSight> EndPaymentAsync(TRecord state)
    {
        if (state.PaymentIntentId is { } known) { return await tools.Payments.CancelAsync(known); }

        var sight = await tools.Payments.AdvanceAsync(machine.ChargeOf(state), paymentIntentId: null, mayPost: false);
        return sight is PaymentSight.Seen { News: { Status: not (PaymentNewsReader.Succeeded or PaymentNewsReader.Canceled) } news }
            ? await tools.Payments.CancelAsync(news.PaymentIntentId)
            : sight;
    }

    private async Task TakeInAsync(PaymentSight sight)
    {
        switch (sight)
        {
            case PaymentSight.Seen seen:
                await MoveAsync(seen.News);
                break;
            case PaymentSight.Refused refused:
                await EndAsync(CardOutcome.Refused, refused.Problem);
                break;
            case PaymentSight.Absent:
                await EndAsync(CardOutcome.Absent, problem: null);
                break;
        }

        await machine.FinishAsync();
    }

    private async Task EndAsync(CardOutcome outcome, string? problem)
    {
        if (machine.Read(outcome, problem) is { } reading)
        {
            await ApplyAsync(reading.Happened, record.State with { Problem = reading.Problem, PaymentEnded = true });
        }
    }

    private async Task MoveAsync(PaymentNews news)
    {
        var state = record.State;
        if (state.PaymentIntentId is { } known && known != news.PaymentIntentId)
        {
            CardPaymentLog.SecondPayment(tools.Logger, machine.DueType, id, known, news.PaymentIntentId, news.Status);
            return;
        }

        var outcome = CardOutcomes.Read(news.Status, news.Problem);
        var next = state with { PaymentIntentId = news.PaymentIntentId, PaymentEnded = state.PaymentEnded || outcome == CardOutcome.Canceled };
        if (outcome == CardOutcome.Succeeded
            && machine.ChargeOf(state) is var charge && (news.AmountMinor != charge.AmountMinor || news.Currency != charge.Currency))
        {
            CardPaymentLog.OtherAmount(
                tools.Logger, machine.DueType, id, news.PaymentIntentId, news.AmountMinor, news.Currency, charge.AmountMinor, charge.Currency);
            await StoreAsync(next);
            return;
        }

        if (outcome is not { } happened || machine.Read(happened, news.Problem) is not { } reading)
        {
            await StoreAsync(next);
            return;
        }

        await ApplyAsync(reading.Happened, next with { ActionUrl = news.ActionUrl ?? state.ActionUrl, Problem = reading.Problem });
    }
}

/// <summary>How often a card payment is looked at.</summary>
internal static class CardPaymentTimes
{
    /// <summary>From the start to the first look at what became of it; the call to the provider may well run still, which is harmless.</summary>
    public static readonly TimeSpan FirstLook = TimeSpan.FromSeconds(30);

    /// <summary>Between looks at a payment that is under way; webhooks are what usually tells.</summary>
    public static readonly TimeSpan LookEvery = TimeSpan.FromMinutes(1);

    /// <summary>Between looks at a payment that has been under way for long.</summary>
    public static readonly TimeSpan LookSeldom = TimeSpan.FromHours(1);

    /// <summary>Until what the ledger did not take is posted by another try.</summary>
    public static readonly TimeSpan PostAgain = TimeSpan.FromSeconds(2);

    /// <summary>A payer who waits and asks makes us ask the provider at most this often.</summary>
    public static readonly TimeSpan AskEvery = TimeSpan.FromSeconds(5);

    /// <summary>How long a question waits for the provider.</summary>
    public static readonly TimeSpan AskWait = TimeSpan.FromSeconds(3);

    /// <summary>When to look again at what began at <paramref name="since"/>: every minute in the first hour, then every hour.</summary>
    public static DateTimeOffset NextLook(DateTimeOffset since, DateTimeOffset now) => now + (now - since < LookSeldom ? LookEvery : LookSeldom);
}

/// <summary>What runs of card payments log.</summary>
internal static partial class CardPaymentLog
{
    [LoggerMessage(EventId = 6201, Level = LogLevel.Information, Message = "{Kind} {Id} went from {From} to {To} ({PaymentIntentId})")]
    public static partial void Moved(ILogger logger, string kind, string id, string from, string to, string? paymentIntentId);

    [LoggerMessage(EventId = 6202, Level = LogLevel.Warning, Message = "Payment {PaymentIntentId} names {Kind} {Id}, which does not exist; ignored")]
    public static partial void UnknownThing(ILogger logger, string kind, string id, string paymentIntentId);

    [LoggerMessage(EventId = 6203, Level = LogLevel.Error,
        Message = "{Kind} {Id} has payment {Known}, and {Other} ({Status}) names it too: nothing follows from the second, check it by hand")]
    public static partial void SecondPayment(ILogger logger, string kind, string id, string known, string other, string status);

    [LoggerMessage(EventId = 6204, Level = LogLevel.Error,
        Message = "{Kind} {Id}: payment {PaymentIntentId} took {Amount} {Currency} instead of {Price} {PriceCurrency}; nothing follows, check it by hand")]
    public static partial void OtherAmount(
        ILogger logger, string kind, string id, string paymentIntentId, long amount, string currency, long price, string priceCurrency);

    [LoggerMessage(EventId = 6205, Level = LogLevel.Error, Message = "{Kind} {Id}: the ledger answered {Outcome}; it is tried again")]
    public static partial void NotPosted(ILogger logger, string kind, string id, LedgerOutcome outcome);

    [LoggerMessage(EventId = 6206, Level = LogLevel.Error, Message = "{Kind} {Id} could not be posted to the ledger; it is tried again")]
    public static partial void PostFailed(ILogger logger, Exception error, string kind, string id);

    [LoggerMessage(EventId = 6207, Level = LogLevel.Warning, Message = "{Kind} {Id} could not be brought forward; it is tried again when due")]
    public static partial void AdvanceFailed(ILogger logger, Exception error, string kind, string id);
}
