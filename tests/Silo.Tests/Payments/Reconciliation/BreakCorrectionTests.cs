using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Operations;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Reconciliation;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>Two operators level what the provider's account and the ledger do not agree on.</summary>
public sealed class BreakCorrectionTests
{
    private static readonly Caller Second = new(Person("Pim").Person, PlatformRole.Operator);
    private static readonly LedgerAccount Held = LedgerAccount.Clearing(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Losses = LedgerAccount.Losses(LedgerUnit.UsdCents);
    private static readonly LedgerAccount Float = LedgerAccount.CoinFloat(LedgerUnit.UsdCents);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task BreakOfEachKind_IsLevelledByTwoOperatorsOnce_AndBothBalancesAgreeAtOnce(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect, sendWebhooks: false);
        await world.ChargeAsync(topUp: null);
        await world.BookAsync("topup:ghost", minor: 300);
        await world.ChargeAsync("less", minor: 500);
        await world.BookAsync("topup:less", minor: 400);
        await world.ChargeAsync("more", minor: 500);
        await world.BookAsync("topup:more", minor: 650);
        await world.ChargeAsync("twice");
        await world.BookAsync("topup:twice");
        await world.ChargeAsync("twice");
        var breaks = (await world.RunLaterAsync()).Breaks;
        Assert.Equal(5, breaks.Count);

        foreach (var one in breaks)
        {
            var (id, draft) = (world.NewKey(), Levelling(one, Float));
            Value(await Desk(world).Propose(Books.Operator, id, draft));
            Assert.Equal(RefusalCode.SecondOperatorNeeded, Refused(await Desk(world).Decide(Books.Operator, id, approve: true)).Code);
            Assert.Equal(RefusalCode.AdjustmentNotAllowed, Refused(await Desk(world).Propose(Second, world.NewKey(), draft)).Code);
            Assert.Equal(AdjustmentState.Posted, Value(await Desk(world).Decide(Second, id, approve: true)).State);
            Assert.Equal(AdjustmentState.Posted, Value(await Desk(world).Decide(Second, id, approve: true)).State);
            Assert.Equal(RefusalCode.BreakNotFound, Refused(await Desk(world).Propose(Second, world.NewKey(), draft)).Code);
        }

        Assert.Equal(0, Value(await Reconciliation(world).Get(Books.Operator)).BreakCount);
        var view = await world.RunAsync();
        Assert.Empty(view.Breaks);
        Assert.Equal((0, 0), (view.LastRun!.Waiting, view.LastRun.FeesOpen));
        Assert.NotNull(view.LastRun.ProviderMinor);
        Assert.Equal(view.LastRun.ProviderMinor, view.LastRun.LedgerMinor);
        await world.RestartAsync();
        Assert.Empty((await world.RunLaterAsync()).Breaks);
        Assert.Empty((await world.Services.GetRequiredService<IReconciliationCheck>().RunAsync())!.Breaks);
    }

    [Fact]
    public async Task CorrectionThatIsNotTheBreaks_IsRefusedAndMovesNothing()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync(topUp: null);
        var one = Assert.Single((await world.RunLaterAsync()).Breaks);
        var good = Levelling(one, Losses);
        (AdjustmentDraft Draft, RefusalCode Code)[] bad =
        [
            (good with { Amount = 499 }, RefusalCode.AdjustmentNotAllowed),
            (good with { Debit = good.Credit, Credit = good.Debit }, RefusalCode.AdjustmentNotAllowed),
            (good with { Credit = LedgerAccount.Fee(LedgerUnit.UsdCents) }, RefusalCode.AdjustmentNotAllowed),
            (good with { Credit = LedgerAccount.Sales(Second.Id) }, RefusalCode.AdjustmentNotAllowed),
            (good with { Debit = LedgerAccount.CoinFloat(LedgerUnit.UsdCents) }, RefusalCode.AdjustmentNotAllowed),
            (good with { Break = null }, RefusalCode.AdjustmentNotAllowed),
            (good with { Break = "txn_unknown" }, RefusalCode.BreakNotFound),
            (good with { Break = "" }, RefusalCode.BreakNotFound),
        ];
        foreach (var (draft, code) in bad) { Assert.Equal(code, Refused(await Desk(world).Propose(Books.Operator, world.NewKey(), draft)).Code); }

        Assert.Equal(500, Refused(await Desk(world).Propose(Books.Operator, world.NewKey(), good with { Amount = 499 })).Amounts!["difference"]);
        Assert.Empty(await world.ClearingAsync());
        Value(await Desk(world).Propose(Books.Operator, world.NewKey(), good with { Break = one.Reference }));
    }

    [Fact]
    public async Task BreakThatWentAwayBeforeTheApproval_IsNotLevelled()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("late");
        var one = Assert.Single((await world.RunLaterAsync()).Breaks);
        var id = world.NewKey();
        Value(await Desk(world).Propose(Books.Operator, id, Levelling(one, Losses)));
        await world.BookAsync("topup:late");
        Assert.Empty((await world.RunAsync()).Breaks);

        Assert.Equal(RefusalCode.BreakNotFound, Refused(await Desk(world).Decide(Second, id, approve: true)).Code);
        Assert.Equal(AdjustmentState.Declined, Value(await Desk(world).Decide(Second, id, approve: false)).State);
        Assert.Empty((await world.RunLaterAsync()).Breaks);
    }

    private static AdjustmentDraft Levelling(ReconciliationBreak one, LedgerAccount against) => one.Difference > 0
        ? new AdjustmentDraft(Held, against, one.Difference, "Looked at by hand", one.Subject)
        : new AdjustmentDraft(against, Held, -one.Difference, "Looked at by hand", one.Subject);

    private static IMoneyDeskGrain Desk(PaymentWorld world) => world.Grains.GetGrain<IMoneyDeskGrain>(IMoneyDeskGrain.Key);

    private static IReconciliationGrain Reconciliation(PaymentWorld world) => world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key);
}
