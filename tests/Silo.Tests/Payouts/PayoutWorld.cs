using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.Silo.Payments.Stripe;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Payments;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payouts;

/// <summary>A streamer with earnings, operators, and the payment sandbox over HTTP. At its end the books are audited and compared with the provider.</summary>
internal sealed class PayoutWorld : IAsyncDisposable
{
    private static readonly LedgerAccount MoneyAtProvider = LedgerAccount.Clearing(LedgerUnit.UsdCents);

    private PayoutWorld(PaymentWorld payments) => Payments = payments;

    public PaymentWorld Payments { get; }

    public Caller Star { get; } = Person("Star");

    public Caller Operator { get; } = Person("Olga") with { Role = PlatformRole.Operator };

    public IGiftLedgerGrain Ledger => Payments.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key);

    public IPayoutAccountGrain Account => Payments.Grains.GetGrain<IPayoutAccountGrain>(Star.Id);

    public IPayoutDeskGrain Desk => Payments.Grains.GetGrain<IPayoutDeskGrain>(IPayoutDeskGrain.Key);

    public static async Task<PayoutWorld> StartAsync(
        SqlDialect dialect = SqlDialect.Sqlite, bool sendWebhooks = true, params (string Key, string Value)[] settings) =>
        new(await PaymentWorld.StartAsync(dialect, sendWebhooks, settings: settings.ToDictionary(one => one.Key, one => (string?)one.Value)));

    /// <summary>One whose streamer can be paid, from a platform that has the money.</summary>
    public static async Task<PayoutWorld> ReadyAsync(
        SqlDialect dialect = SqlDialect.Sqlite, bool sendWebhooks = true, long coins = 3_000, params (string Key, string Value)[] settings)
    {
        var world = await StartAsync(dialect, sendWebhooks, settings);
        await world.FundAsync(10_000);
        await world.OnboardAsync();
        await world.EarnAsync(coins);
        return world;
    }

    /// <summary>Sets the payout account up and fills the provider's page in.</summary>
    /// <param name="decision"><c>finish</c>, <c>leave</c> or <c>reject</c>.</param>
    /// <param name="bank"><c>paid</c>, or why the bank will send payouts back.</param>
    public async Task OnboardAsync(string decision = "finish", string bank = "paid")
    {
        var page = Value(await StartOnboarding());
        await Payments.Decide(page.Url, [new("decision", decision), new("payout", bank)]);
        Payments.Time.Advance(TimeSpan.FromSeconds(6));
        if (decision == "finish") { await Until(async () => (await AccountAsync()).State == PayoutAccountState.Active); }
    }

    public ValueTask<Result<PayoutOnboarding>> StartOnboarding(string? email = "star@example.org", string? country = "US") =>
        Account.Start(Star, new StartOnboarding(email, country, ReturnUrl));

    public async Task<PayoutAccountView> AccountAsync() => Value(await Account.Get(Star));

    /// <summary>Viewers pay with real cards of the sandbox, and the provider has the money available.</summary>
    public async Task FundAsync(long coins)
    {
        Value(await Payments.Grains.GetGrain<ITopUpGrain>(Payments.NewKey()).Start(Person("Fan"), new StartTopUp(null, coins, Visa, ReturnUrl)));
        Payments.Time.Advance(TimeSpan.FromMinutes(1));
    }

    /// <summary>Earnings past their holding time.</summary>
    public Task EarnAsync(long coins, LedgerUnit unit = LedgerUnit.Coins) =>
        PostAsync(LedgerEntryKind.Adjustment, LedgerAccount.Clearing(unit), LedgerAccount.Available(Star.Id, unit), coins);

    /// <summary>What a refund could not take from anywhere.</summary>
    public Task OweAsync(long coins) =>
        PostAsync(LedgerEntryKind.Adjustment, LedgerAccount.Receivable(Star.Id, LedgerUnit.Coins), LedgerAccount.Clearing(LedgerUnit.Coins), coins);

    public async Task FreezeAsync(bool frozen = true) => await Ledger.SetFrozen(new LedgerFreeze(
        Guid.CreateVersion7(Payments.Time.GetUtcNow()), LedgerAccount.Available(Star.Id, LedgerUnit.Coins), frozen, "op", "looked into"));

    public async Task<Guid> PostAsync(LedgerEntryKind kind, LedgerAccount debit, LedgerAccount credit, long amount, GiftMemo? gift = null)
    {
        var key = Guid.CreateVersion7(Payments.Time.GetUtcNow());
        var answer = await Ledger.Post(new LedgerEntry(key, 1, kind, debit, [new LedgerLeg(credit, amount)], Rate: 1, gift));
        Assert.Equal(LedgerOutcome.Moved, answer.Outcome);
        return key;
    }

    public ValueTask<Result<PayoutView>> TryPayOut(long coins, long salesMinor = 0, string? id = null, Caller? caller = null) =>
        Grain(id ?? Payments.NewKey()).Request(caller ?? Star, new RequestPayout(coins, salesMinor));

    public async Task<PayoutView> PayOut(long coins, long salesMinor = 0, string? id = null) => Value(await TryPayOut(coins, salesMinor, id));

    public IPayoutGrain Grain(string id) => Payments.Grains.GetGrain<IPayoutGrain>(id);

    public async Task<PayoutView> Find(string id) => Value(await Grain(id).Get(Star));

    public async Task<PayoutView> UntilState(string id, PayoutState state)
    {
        await Payments.PassUntil(async () => (await Find(id)).State == state);
        return await Settled(id);
    }

    /// <summary>The payout once the ledger has what follows from its state.</summary>
    public async Task<PayoutView> Settled(string id)
    {
        await Grain(id).OnDue();
        return await Find(id);
    }

    public async Task<IReadOnlyList<StripeTransfer>> Transfers() =>
        Assert.IsType<StripeAnswer<StripeList<StripeTransfer>>.Ok>(await Payments.Stripe.ListTransfersAsync(new ListTransfers())).Value.Data;

    /// <summary>The provider's id of the streamer's account, as a payout under way gets it.</summary>
    public async Task<string> ProviderIdAsync(string running) => Value(await Account.Begin(running)).ProviderId;

    public async Task ReverseAsync(string transfer, long? amount = null, string key = "reverse-1") =>
        Assert.IsType<StripeAnswer<StripeTransferReversal>.Ok>(await Payments.Stripe.CreateTransferReversalAsync(
            transfer, new CreateTransferReversal(new Dictionary<string, string>(), amount), key));

    /// <summary>The platform takes back all that is left, and the payout knows.</summary>
    public async Task ReverseRestAsync(string id, string transfer)
    {
        await ReverseAsync(transfer, key: "reverse-rest");
        await UntilState(id, PayoutState.Reversed);
    }

    public async Task<long> Available(LedgerUnit unit = LedgerUnit.Coins) => await Ledger.GetBalance(LedgerAccount.Available(Star.Id, unit));

    public async Task<long> Held(LedgerUnit unit = LedgerUnit.Coins) => (await Ledger.GetBalances([LedgerAccount.Available(Star.Id, unit)]))[0].Held;

    public ValueTask<long> Balance(LedgerAccount account) => Ledger.GetBalance(account);

    /// <summary>No defect in the books, and what left for payouts is what the provider has moved.</summary>
    public async Task AuditAsync()
    {
        Assert.Empty(await Payments.Audit.VerifyAsync());
        var booked = (await Ledger.GetLines(MoneyAtProvider, 200))
            .Where(line => line.Reference?.StartsWith("payout:", StringComparison.Ordinal) == true && line.Kind is LedgerEntryKind.Payout or LedgerEntryKind.HoldPosted)
            .Sum(line => line.Change);
        Assert.Equal((await Transfers()).Sum(transfer => transfer.Amount - transfer.AmountReversed), booked);
    }

    public ValueTask DisposeAsync() => Payments.DisposeAsync();
}
