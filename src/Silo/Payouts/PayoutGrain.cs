using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Silo.Payouts;

/// <summary>
/// One payout. The row and its due time are durable before earnings are kept back or the provider is called, so whatever is cut off is
/// finished by a webhook or when it is due. Reentrant: decisions take turns, calls to the provider run beside them.
/// </summary>
[Reentrant]
internal sealed partial class PayoutGrain(
    [PersistentState("payout")] IPersistentState<PayoutRecord> record, PayoutSender sender, PayoutLists lists, CardPaymentTools tools,
    IOptions<PayoutsOptions> options, ILogger<PayoutGrain> logger) : Grain, IPayoutGrain
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "Payout";

    private const int ReasonLengthMax = 200;

    /// <summary>Payouts of a day that are added up; with more, an operator looks.</summary>
    private const int OfADayMax = 100;

    /// <summary>More earnings than anybody has: keeps every sum far from overflowing.</summary>
    private const long AmountMax = 1_000_000_000_000;

    /// <summary>A payout that could not be sent, or that nobody has approved, for so long is given up.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(60);

    /// <summary>Payouts of so long are looked at together when it is decided whether an operator must look.</summary>
    private static readonly TimeSpan DayLong = TimeSpan.FromHours(24);

    /// <summary>How long a bank is asked about; its webhooks are taken for ever.</summary>
    private static readonly TimeSpan AskBankFor = TimeSpan.FromDays(30);

    private readonly PaymentTurn _turn = new();
    private Task _advancing = Task.CompletedTask;

    private string Id => GetPrimaryKeyString();

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private IPayoutAccountGrain Account => GrainFactory.GetGrain<IPayoutAccountGrain>(record.State.Owner.Id);

    private PayoutEntries Entries => new(Id, record.State);

    private LedgerSteps Steps => field ??= new LedgerSteps(() => record.State.Steps, steps => StoreAsync(record.State with { Steps = steps }), Time);

    public async ValueTask<Result<PayoutView>> Request(Caller caller, RequestPayout request)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            var fingerprint = PaymentIds.Fingerprint(caller.Id, request.Coins, request.SalesMinor);
            if (record.RecordExists && record.State.Fingerprint != fingerprint) { return PayoutProblems.KeyReused; }
            if (!record.RecordExists && await OpenAsync(caller, request, fingerprint) is { } refusal) { return refusal; }
            if (record.State.Stage == PayoutState.Requested && await BeginAsync() is { } refused)
            {
                await Account.End(Id);
                await _turn.WriteAsync(record.ClearStateAsync);
                await tools.DueTimes.ClearAsync(DueType, Id);
                await lists.ForgetAsync(Id);
                return refused;
            }

            await FinishAsync();
            advancing = AdvanceOnce();
        }

        await WaitAsync(advancing);
        return record.State.ToView(Id);
    }

    public ValueTask<Result<PayoutView>> Get(Caller caller) => ValueTask.FromResult<Result<PayoutView>>(
        record.RecordExists && (caller.Operates || record.State.Owner.Id == caller.Id) ? record.State.ToView(Id) : PayoutProblems.NotFound);

    public async ValueTask<Result<PayoutView>> Approve(Caller caller)
    {
        Task advancing;
        using (await _turn.EnterAsync())
        {
            if ((Refuse(caller) ?? caller.RefuseApproval(Time.GetUtcNow())) is { } refusal) { return refusal; }
            if (record.State.Stage == PayoutState.WaitingForApproval)
            {
                await ApplyAsync(PayoutHappened.Approved, record.State with { DecidedBy = caller.Person });
            }
            else if (record.State.DecidedBy is null || record.State.Stage == PayoutState.Declined)
            {
                return PayoutProblems.Decided;
            }

            await FinishAsync();
            advancing = AdvanceOnce();
        }

        await WaitAsync(advancing);
        return record.State.ToView(Id);
    }

    public async ValueTask<Result<PayoutView>> Decline(Caller caller, DeclinePayout decline)
    {
        using var turn = await _turn.EnterAsync();
        if (Refuse(caller) is { } refusal) { return refusal; }
        if (decline.Reason is not { Length: > 0 and <= ReasonLengthMax }) { return PayoutProblems.ReasonMissing; }
        if (record.State.Stage == PayoutState.WaitingForApproval)
        {
            await ApplyAsync(PayoutHappened.Declined, record.State with { DecidedBy = caller.Person, Problem = decline.Reason });
        }
        else if (record.State.Stage != PayoutState.Declined)
        {
            return PayoutProblems.Decided;
        }

        await FinishAsync();
        return record.State.ToView(Id);
    }

    public async ValueTask TransferMoved(ProviderTransfer transfer)
    {
        using var turn = await _turn.EnterAsync();
        if (!record.RecordExists)
        {
            Log.UnknownPayout(logger, Id, transfer.TransferId);
            return;
        }

        await TakeInAsync(transfer);
        await FinishAsync();
    }

    public async ValueTask AccountLost()
    {
        using var turn = await _turn.EnterAsync();

        // One that was sent may have arrived: what the provider answers decides.
        if (!record.RecordExists || record.State.Stage is not (PayoutState.Reserved or PayoutState.WaitingForApproval)) { return; }
        await CancelAsync(PayoutHappened.CapabilityLost);
        await FinishAsync();
    }

    public async ValueTask BankMoved()
    {
        if (record.RecordExists && PayoutMachine.HasMoved(record.State.Stage)) { await LookAtBankAsync(); }
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

            if (record.State.Stage == PayoutState.Requested && await BeginAsync() is { } refused)
            {
                await ApplyAsync(PayoutHappened.GivenUp, record.State with { Problem = refused.Message });
            }

            if (record.State.Stage is PayoutState.Reserved or PayoutState.WaitingForApproval && Time.GetUtcNow() - record.State.RequestedAt > GiveUpAfter)
            {
                await CancelAsync(PayoutHappened.GivenUp);
            }

            await FinishAsync();
            advancing = AdvanceOnce();
        }

        await WaitAsync(advancing);
    }

    private Refusal? Refuse(Caller caller)
    {
        if (!caller.Operates) { return PayoutProblems.OperatorsOnly; }
        if (!record.RecordExists) { return PayoutProblems.NotFound; }
        return record.State.Owner.Id == caller.Id ? PayoutProblems.Own : null;
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller caller, RequestPayout request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (request is not { Coins: >= 0 and <= AmountMax, SalesMinor: >= 0 and <= AmountMax } || (request.Coins | request.SalesMinor) == 0) { return PayoutProblems.Malformed; }

        await tools.DueTimes.SetAsync(DueType, Id, now + CardPaymentTimes.FirstLook);
        await lists.AddAsync(Id, caller.Id, now);
        await StoreAsync(new PayoutRecord
        {
            Owner = caller.Person,
            Fingerprint = fingerprint,
            Coins = request.Coins,
            CoinsMinor = request.Coins * options.Value.MinorPerHundredCoins / 100,
            SalesMinor = request.SalesMinor,
            RequestedAt = now,
        });
        return null;
    }

    /// <summary>Keeps the earnings back: what must come before the provider. Checked in this order; the first that applies is the answer.</summary>
    private async Task<Refusal?> BeginAsync()
    {
        var destination = await Account.Begin(Id);
        if (!destination.Ok) { return destination.Refusal; }

        // What was begun before a crash has been let through.
        if (Steps.Find("reserve") is null && await CheckAsync() is { } refusal) { return refusal; }
        switch (await Steps.TakeAsync("reserve", 1, (key, _) => Ledger.PostTogether(Entries.Reserve(key))))
        {
            case LedgerOutcome.Moved:
                break;
            case LedgerOutcome.Insufficient:
                return PayoutProblems.AboveAvailable(await SpendableAsync(LedgerUnit.Coins), await SpendableAsync(LedgerUnit.UsdCents));
            case LedgerOutcome.Frozen:
                return PayoutProblems.Frozen;
            default:
                return PayoutProblems.Busy;
        }

        var needsApproval = await IsLargeAsync();
        await ApplyAsync(
            needsApproval ? PayoutHappened.ReservedForApproval : PayoutHappened.FundsReserved,
            record.State with { Destination = destination.Value.ProviderId, NeedsApproval = needsApproval });
        return null;
    }

    /// <summary>Whether an operator must look: many small payouts of one day are one large one.</summary>
    private async Task<bool> IsLargeAsync()
    {
        var (sum, limit) = (record.State.AmountMinor, options.Value.SecondApproverAboveMinor);
        if (sum > limit) { return true; }
        var others = await lists.ReadSinceAsync(record.State.Owner.Id, Time.GetUtcNow() - DayLong, OfADayMax);
        var caller = new Caller(record.State.Owner, PlatformRole.Member);
        foreach (var other in others.Where(other => other != Id))
        {
            var view = await GrainFactory.GetGrain<IPayoutGrain>(other).Get(caller);
            if (!view.Ok || view.Value.State is PayoutState.Canceled or PayoutState.Declined) { continue; }
            sum += view.Value.AmountMinor - view.Value.ReversedMinor;
            if (sum > limit) { return true; }
        }

        return others.Count == OfADayMax;
    }

    private async Task<Refusal?> CheckAsync()
    {
        var state = record.State;
        if (state.AmountMinor < options.Value.MinimumMinor) { return PayoutProblems.TooSmall(state.AmountMinor, options.Value.MinimumMinor); }

        if (await ClearTheWayAsync() is { } stop) { return stop; }
        var (coins, sales) = (await SpendableAsync(LedgerUnit.Coins), await SpendableAsync(LedgerUnit.UsdCents));
        return state.Coins > coins || state.SalesMinor > sales ? PayoutProblems.AboveAvailable(coins, sales) : null;
    }

    /// <summary>
    /// What stops a payout whatever its amount, when it is asked for and when it is sent: something is looked into, or more is owed than
    /// can be repaid at once. What can be is repaid.
    /// </summary>
    private async Task<Refusal?> ClearTheWayAsync()
    {
        var first = await ReadAsync();
        if (first.Any(balance => balance.Frozen)) { return PayoutProblems.Frozen; }
        foreach (var (owed, available) in ((LedgerBalance, LedgerBalance)[])[(first[0], first[2]), (first[1], first[3])])
        {
            if (owed.Balance >= 0 || available.Balance - available.Held < -owed.Balance) { continue; }
            var (unit, state) = (owed.Account.Unit, record.State);
            if (!await RepayAsync($"repay:{unit}:{state.Stage}:{state.Attempt}", unit)) { return PayoutProblems.Busy; }
        }

        var balances = await ReadAsync();
        var (coins, sales) = (-balances[0].Balance, -balances[1].Balance);
        return coins > 0 || sales > 0 ? PayoutProblems.Owed(coins, sales) : null;

        ValueTask<IReadOnlyList<LedgerBalance>> ReadAsync()
        {
            var owner = record.State.Owner.Id;
            return Ledger.GetBalances(
            [
                LedgerAccount.Receivable(owner, LedgerUnit.Coins), LedgerAccount.Receivable(owner, LedgerUnit.UsdCents),
                LedgerAccount.Available(owner, LedgerUnit.Coins), LedgerAccount.Available(owner, LedgerUnit.UsdCents),
                LedgerAccount.Earnings(owner), LedgerAccount.Sales(owner), LedgerAccount.Coins(owner),
            ]);
        }
    }

    private async Task<long> SpendableAsync(LedgerUnit unit) => await Ledger.GetBalance(LedgerAccount.Available(record.State.Owner.Id, unit));

    private Task<bool> CancelAsync(PayoutHappened happened) => ApplyAsync(happened, record.State with
    {
        Problem = happened == PayoutHappened.CapabilityLost
            ? "Your payout account can receive nothing at the moment, so nothing was sent. Look what it needs, then ask again."
            : "The payout could not be sent, and nothing was. Your earnings are available again: ask again, or ask the operator.",
    });

    /// <summary>One conversation with the provider at a time; whoever comes meanwhile waits for the same.</summary>
    private Task AdvanceOnce()
    {
        if (!_advancing.IsCompleted) { return _advancing; }
        var state = record.State;
        var isDue = state.Stage == PayoutState.TransferSent || (state.Stage == PayoutState.Reserved && Time.GetUtcNow() >= state.NotBefore);
        if (isDue) { _advancing = SendAsync(); }
        else if (state.Stage is PayoutState.Transferred or PayoutState.BankFailed) { _advancing = LookAtBankAsync(); }
        return _advancing;
    }

    private async Task SendAsync()
    {
        PayoutRecord asked;
        using (await _turn.EnterAsync())
        {
            if (record.State.Stage == PayoutState.Reserved)
            {
                // Days may have gone by since the earnings were kept back.
                if (await ClearTheWayAsync() is { } stop)
                {
                    // Reserved as before: it is tried again when due.
                    if (stop.Code == RefusalCode.Busy) { return; }
                    await ApplyAsync(PayoutHappened.GivenUp, record.State with { Problem = PayoutProblems.NotSent(stop) });
                    await FinishAsync();
                    return;
                }

                await ApplyAsync(PayoutHappened.Sent, record.State with { SentAt = Time.GetUtcNow(), Problem = null });
            }

            if (record.State.Stage != PayoutState.TransferSent) { return; }
            asked = record.State;
        }

        var sight = await sender.AdvanceAsync(Id, asked);
        using var turn = await _turn.EnterAsync();
        if (sight is TransferSight.Seen seen) { await TakeInAsync(seen.Transfer); }
        else if (record.State.Attempt == asked.Attempt) { await TakeInAsync(sight); }
        await FinishAsync();
    }

    private async Task TakeInAsync(TransferSight sight)
    {
        switch (sight)
        {
            case TransferSight.BalanceShort or TransferSight.Absent:
                await ApplyAsync(PayoutHappened.NotSent, record.State with
                {
                    Attempt = record.State.Attempt + 1,
                    NotBefore = Time.GetUtcNow() + (sight is TransferSight.Absent ? TimeSpan.Zero : TimeSpan.FromSeconds(options.Value.TryAgainAfterSeconds)),
                    Problem = sight is TransferSight.Absent ? null
                        : "The platform's balance does not cover it yet. It is sent by itself as soon as it does; you need not do anything.",
                });
                break;
            case TransferSight.CapabilityLost:
                await CancelAsync(PayoutHappened.CapabilityLost);
                break;
            case TransferSight.Refused:
                await CancelAsync(PayoutHappened.GivenUp);
                break;
        }
    }

    private async Task LookAtBankAsync()
    {
        var asked = record.State;
        var transfer = asked.TransferId is null ? new TransferSight.Uncertain() : await sender.AdvanceAsync(Id, asked);
        var bank = await sender.LookAtBankAsync(asked);
        using var turn = await _turn.EnterAsync();
        if (transfer is TransferSight.Seen seen) { await TakeInAsync(seen.Transfer); }
        await TakeInAsync(bank);
        await FinishAsync();
    }

    private Task WaitAsync(Task advancing) =>
        PaymentTurn.WaitAsync(Task.WhenAny(advancing), TimeSpan.FromSeconds(tools.Options.AnswerWithinSeconds), Time);
}
