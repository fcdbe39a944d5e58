using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>What a test does behind the machines' backs, on one side of the books only, and how it looks at both.</summary>
internal static class Books
{
    public static readonly Caller Operator = new(new Person("0197a000000070008000000000000001", "operator"), PlatformRole.Operator);

    private static readonly TimeSpan Settled = TimeSpan.FromMinutes(11);

    /// <summary>The provider charges a card.</summary>
    /// <param name="topUp">The top-up that the payment names; null: nothing of ours.</param>
    public static async Task<StripePaymentIntent> ChargeAsync(this PaymentWorld world, string? topUp, long minor = 500, string currency = "usd")
    {
        var metadata = new Dictionary<string, string>(StringComparer.Ordinal);
        if (topUp is not null) { metadata[CardPayments.TopUpId] = topUp; }
        var answer = await world.Stripe().CreatePaymentIntentAsync(
            new CreatePaymentIntent(minor, currency, metadata, PaymentWorld.Visa, null, Confirm: true, ReturnUrl: PaymentWorld.ReturnUrl, Description: "planted"),
            world.NewKey());
        return Assert.IsType<StripeAnswer<StripePaymentIntent>.Ok>(answer).Value;
    }

    /// <summary>The ledger notes that the provider has taken money.</summary>
    public static async Task BookAsync(this PaymentWorld world, string reference, long minor = 500) => Assert.Equal(
        LedgerOutcome.Moved,
        (await world.Grains.GetGrain<IGiftLedgerGrain>(IGiftLedgerGrain.Key).Post(new LedgerEntry(
            Guid.CreateVersion7(world.Time.GetUtcNow()), 1, LedgerEntryKind.Charge, LedgerAccount.Clearing(LedgerUnit.UsdCents),
            [new LedgerLeg(LedgerAccount.CoinFloat(LedgerUnit.UsdCents), minor)], Rate: 0, Reference: reference))).Outcome);

    /// <summary>Runs now.</summary>
    public static async Task<ReconciliationView> RunAsync(this PaymentWorld world) =>
        PaymentWorld.Value(await world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).Run(Operator));

    /// <summary>Runs when what happened is old enough to be judged.</summary>
    public static Task<ReconciliationView> RunLaterAsync(this PaymentWorld world)
    {
        world.Time.Advance(Settled);
        return world.RunAsync();
    }

    /// <summary>Everything that ever moved money at the provider, as the ledger has it.</summary>
    public static async Task<IReadOnlyList<LedgerMovement>> MovementsAsync(this PaymentWorld world, LedgerAccount account)
    {
        var all = new List<LedgerMovement>();
        await foreach (var page in world.Services.GetRequiredService<ILedgerMovements>().ReadAsync(account, afterBatch: 0)) { all.AddRange(page); }
        return all;
    }

    public static Task<IReadOnlyList<LedgerMovement>> ClearingAsync(this PaymentWorld world) =>
        world.MovementsAsync(LedgerAccount.Clearing(LedgerUnit.UsdCents));

    public static StripeClient Stripe(this PaymentWorld world) => world.Services.GetRequiredService<StripeClient>();
}
