using LiveCommerce.Actors;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Payments;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Silo.Payments;

/// <summary>One purchase of coins, from the payment to its refunds and disputes.</summary>
[Reentrant]
internal sealed partial class TopUpGrain([PersistentState("top-up")] IPersistentState<TopUpRecord> record, CardPaymentTools tools, ILogger<TopUpGrain> logger)
    : Grain, ITopUpGrain, ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>
{
    /// <summary>The type of its due times.</summary>
    public const string DueType = "TopUp";

    private CardPaymentRun<TopUpRecord, TopUpStage, TopUpHappened> Run => field ??= new(this, record, Id, tools);

    private string Id => GetPrimaryKeyString();

    private string Reference => $"topup:{Id}";

    private ILedgerBooksGrain Books => GrainFactory.GetGrain<ILedgerBooksGrain>(IGiftLedgerGrain.Key);

    private IGiftLedgerGrain Ledger => GrainFactory.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    private ITopUpAllowanceGrain Allowance => GrainFactory.GetGrain<ITopUpAllowanceGrain>(record.State.Viewer.Id);

    StateTable<TopUpStage, TopUpHappened> ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.Table => TopUpMachine.Table;

    string ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.DueType => DueType;

    Refusal ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.KeyReused =>
        new(RefusalCode.KeyReused, "This key was used for another top-up. Start again with a new one.");

    public async ValueTask<Result<TopUpView>> Start(Caller viewer, StartTopUp request)
    {
        // Without the page to return to: a reloaded page may come back with the same key from another address.
        var fingerprint = PaymentIds.Fingerprint(viewer.Id, request.PackId, request.Coins, request.PaymentMethod);
        var refusal = await Run.StartAsync(fingerprint, async () => record.RecordExists ? null : await OpenAsync(viewer, request, fingerprint));
        return refusal is null ? await ViewAsync() : refusal;
    }

    public async ValueTask<Result<TopUpView>> Get(Caller caller)
    {
        if (!record.RecordExists || record.State.Viewer.Id != caller.Id)
        {
            return new Refusal(RefusalCode.PaymentNotFound, "There is no such top-up. Look into your wallet for what was credited.");
        }

        await Run.AskAsync();
        return await ViewAsync();
    }

    public async ValueTask PaymentMoved(PaymentNews news) => await Run.TakeInAsync(news);

    public async ValueTask OnDue() => await Run.OnDueAsync();

    CardCharge ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.ChargeOf(TopUpRecord state) => state.ToCharge(Id);

    bool ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.MayPost(TopUpRecord state) => state.Stage == TopUpStage.Submitted;

    bool ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.MustEnd(TopUpRecord state) =>
        state.Stage is TopUpStage.Submitted or TopUpStage.RequiresAction && TimeIsUp;

    bool ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.AsksProvider(TopUpRecord state) =>
        !state.WasCredited && !state.CameToNothing && state.Stage != TopUpStage.Paid;

    CardReading<TopUpHappened>? ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.Read(CardOutcome outcome, string? problem) =>
        TopUpMachine.Read(outcome, problem, TimeIsUp);

    Task ICardPaymentMachine<TopUpRecord, TopUpStage, TopUpHappened>.FinishAsync() => FinishAsync();

    private bool TimeIsUp => Time.GetUtcNow() >= record.State.CreatedAt + TimeSpan.FromMinutes(tools.Options.ConfirmWithinMinutes);

    private async Task FinishAsync()
    {
        var now = Time.GetUtcNow();
        if ((record.State.Stage == TopUpStage.Paid && !await TryCreditAsync()) || (record.State.WasCredited && !await TrySettleAsync()))
        {
            await Run.LookAgainAsync(now + CardPaymentTimes.PostAgain);
            return;
        }

        if (!record.State.WasCredited && !record.State.CameToNothing)
        {
            await Run.LookAgainAsync(CardPaymentTimes.NextLook(record.State.CreatedAt, now));
            if (record.State.Stage != TopUpStage.Submitted) { Run.Tell(); }
            return;
        }

        // What is left is tidying up, and the due time stands until it is done: the viewer need not wait for it.
        Run.Tell();
        if (record.State.CameToNothing) { await Allowance.GiveBack(Id); }
        await Run.NothingIsDueAsync();
    }

    /// <summary>Refuses, or makes the row durable. Nothing else has an effect before the row.</summary>
    private async Task<Refusal?> OpenAsync(Caller viewer, StartTopUp request, long fingerprint)
    {
        var now = Time.GetUtcNow();
        if (PaymentIds.Check(Id, now) is { } badId) { return badId; }
        if (PaymentIds.Check(request.PaymentMethod, request.ReturnUrl) is { } badText) { return badText; }
        if (!tools.Payments.Available)
        {
            return new Refusal(RefusalCode.PaymentUnavailable, "Payments are not set up on this server. Ask its operator.");
        }

        var price = TopUpPrices.Find(request.PackId, request.Coins);
        if (!price.Ok) { return price.Refusal; }
        if ((await GrainFactory.GetGrain<IGivingLimitsGrain>(viewer.Id).MayBuy()).Refusal is { } notOfAge) { return notOfAge; }

        var card = await GrainFactory.GetGrain<ISavedCardsGrain>(viewer.Id).Resolve(request.PaymentMethod);
        if (!card.Ok) { return card.Refusal; }

        var allowed = await GrainFactory.GetGrain<ITopUpAllowanceGrain>(viewer.Id).Take(Id, price.Value.PriceMinor);
        if (!allowed.Ok) { return allowed.Refusal; }

        await Run.LookAgainAsync(now + CardPaymentTimes.FirstLook);
        TopUpMachine.Table.TryApply(TopUpStage.Created, TopUpHappened.Sent, out var stage);
        await Run.StoreAsync(new TopUpRecord
        {
            Stage = stage,
            Viewer = viewer.Person,
            Fingerprint = fingerprint,
            Coins = price.Value.Coins,
            PriceMinor = price.Value.PriceMinor,
            Currency = TopUpPrices.Currency,
            PaymentMethod = request.PaymentMethod,
            ReturnUrl = request.ReturnUrl,
            Customer = card.Value.Customer,
            CreatedAt = now,
        });
        return null;
    }

    /// <summary>Posts the coins and the money in one commit. False: not now; the money is noted and the due time comes back to it.</summary>
    private async Task<bool> TryCreditAsync()
    {
        var posted = await Run.TryPostAsync((key, state) => Ledger.PostTogether(
        [
            new LedgerEntry(
                key,
                PaymentIds.Fingerprint("topup", Id, state.Viewer.Id, state.Coins),
                LedgerEntryKind.TopUp,
                LedgerAccount.Clearing(LedgerUnit.Coins),
                [new LedgerLeg(LedgerAccount.Coins(state.Viewer.Id), state.Coins)],
                Rate: 0,
                Reference: Reference),
            new LedgerEntry(
                LedgerKeys.Derive(key, "usd"),
                PaymentIds.Fingerprint("topup", Id, state.PriceMinor),
                LedgerEntryKind.Charge,
                LedgerAccount.Clearing(LedgerUnit.UsdCents),
                [new LedgerLeg(LedgerAccount.CoinFloat(LedgerUnit.UsdCents), state.PriceMinor)],
                Rate: 0,
                Reference: Reference),
        ]));
        return posted && await Run.ApplyAsync(TopUpHappened.CoinsCredited, record.State);
    }

    /// <summary>Commits what refunds and disputes have decided. False: not now; the due time comes back to it.</summary>
    private async Task<bool> TrySettleAsync()
    {
        if (record.State.IsSettled) { return true; }
        try
        {
            return await SettleReturnsAsync() && await SettleDisputesAsync();
        }
        catch (Exception error)
        {
            CardPaymentLog.PostFailed(tools.Logger, error, DueType, Id);
            return false;
        }
    }

    private async ValueTask<TopUpView> ViewAsync()
    {
        var state = record.State;
        long? balance = state.WasCredited ? await Ledger.GetBalance(LedgerAccount.Coins(state.Viewer.Id)) : null;
        return state.ToView(Id, balance);
    }
}
