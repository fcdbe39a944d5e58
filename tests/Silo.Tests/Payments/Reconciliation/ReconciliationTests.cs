using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Payments.Due;
using LiveCommerce.Silo.Payments.Reconciliation;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using LiveCommerce.StripeSandbox.Faults;
using Microsoft.Extensions.DependencyInjection;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments.Reconciliation;

/// <summary>Whatever one side has and the other has not is found and named, and nothing is posted for it.</summary>
public sealed class ReconciliationTests
{
    /// <summary>2.9 % of 500 cents, rounded, and 30.</summary>
    private const long Fee = 45;

    private static readonly LedgerAccount Fees = LedgerAccount.ProviderFees(LedgerUnit.UsdCents);

    public static TheoryData<SqlDialect> Both => Databases.Both;

    [Theory]
    [MemberData(nameof(Both))]
    public async Task ChargeThatTheLedgerKnows_IsMatched_AndItsFeeIsPostedOnce(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect, sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");

        var first = await world.RunAsync();
        await world.RestartAsync();
        var second = await world.RunLaterAsync();

        Assert.Equal((1, 2, 0, 0), (first.LastRun!.FeesPosted, first.LastRun.Matched, first.LastRun.Waiting, first.BreakCount));
        Assert.Equal((0, 2, 0, 0), (second.LastRun!.FeesPosted, second.LastRun.Matched, second.LastRun.Waiting, second.BreakCount));
        Assert.Equal((500 - Fee, 500 - Fee), (second.LastRun.ProviderMinor, second.LastRun.LedgerMinor));
        Assert.Equal(-Fee, await world.Balance(Fees));
        Assert.Equal(2, (await world.ClearingAsync()).Count);
    }

    [Fact]
    public async Task ChargeBehindOurBack_IsMissingHere_AndNothingIsPosted()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var charge = (await world.ChargeAsync(topUp: null)).LatestCharge;

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.MissingHere, $"charge:{charge}", 500, null), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
        Assert.Empty(await world.ClearingAsync());
    }

    [Fact]
    public async Task TopUpWithoutACharge_IsMissingThere_AndNothingIsPosted()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.BookAsync("topup:ghost");

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.MissingThere, "topup:ghost", null, 500), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
        Assert.Single(await world.ClearingAsync());
    }

    [Fact]
    public async Task OtherAmount_IsOneBreakWithBothAmounts_AndNothingIsPosted()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1", minor: 500);
        await world.BookAsync("topup:t1", minor: 400);

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.Amount, "topup:t1", 500, 400), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
        Assert.Single(await world.ClearingAsync());
    }

    [Fact]
    public async Task OtherCurrency_IsOneBreak_AndNothingIsPosted()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1", currency: "eur");
        await world.BookAsync("topup:t1");

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.Currency, "topup:t1", "eur"), (found.Kind, found.Reference, found.Currency));
        Assert.Single(await world.ClearingAsync());
    }

    [Fact]
    public async Task TwoChargesForOneTopUp_AreADuplicate_AndOnlyTheFirstOnesFeeIsPosted()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        await world.RunAsync();
        await world.ChargeAsync("t1");

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.Duplicate, "topup:t1", 500, null), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
        Assert.Equal(2, (await world.ClearingAsync()).Count);
    }

    [Fact]
    public async Task OneChargeBookedTwice_IsADuplicate()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        await world.BookAsync("topup:t1");

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.Duplicate, "topup:t1", null, 500), (found.Kind, found.Reference, found.ProviderMinor, found.LedgerMinor));
    }

    [Fact]
    public async Task RowThatIsNeverFinished_IsStuck()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        world.Arm(ApiFault.BadGatewayBefore, times: 3);
        var id = world.NewKey();
        await world.TopUp(Person("Ana"), Visa, id);

        Assert.Empty((await world.RunLaterAsync()).Breaks);
        world.Time.Advance(TimeSpan.FromMinutes(121));
        var found = Assert.Single((await world.RunAsync()).Breaks);

        Assert.Equal((ReconciliationBreakKind.Stuck, $"TopUp/{id}"), (found.Kind, found.Subject));
        await world.Wake();
        Assert.Empty((await world.RunAsync()).Breaks);
    }

    [Fact]
    public async Task RowThatIsPlannedForLater_IsNotStuck_AndOneThatIsTriedAgainAndAgainIs()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var due = world.Services.GetRequiredService<DueTimes>();
        var began = world.Time.GetUtcNow();
        for (var hour = 0; hour < 4; hour++)
        {
            await due.SetAsync("Order", "delivered", began.AddHours(hour * 6));
            await due.SetAsync("Payout", "failing", began.AddHours(hour));
        }

        world.Time.Advance(TimeSpan.FromHours(18));

        var found = Assert.Single((await world.RunAsync()).Breaks);
        Assert.Equal((ReconciliationBreakKind.Stuck, "Payout/failing"), (found.Kind, found.Subject));
    }

    [Fact]
    public async Task ChangeThatIsYoung_Waits_AndAnEntryWithItsReferenceEndsABreak()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var charge = (await world.ChargeAsync(topUp: null)).LatestCharge;

        var young = await world.RunAsync();
        Assert.Equal((1, 0), (young.LastRun!.Waiting, young.BreakCount));
        Assert.Single((await world.RunLaterAsync()).Breaks);
        await world.BookAsync($"charge:{charge}");
        var settled = await world.RunAsync();

        Assert.Equal((0, 0, 1), (settled.BreakCount, settled.LastRun!.Waiting, settled.LastRun.FeesPosted));
        Assert.Equal(settled.LastRun.ProviderMinor, settled.LastRun.LedgerMinor);
    }

    [Fact]
    public async Task BalanceThatNobodyMoved_IsABreakOfItsOwn()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        await world.RunAsync();

        // Both cancel one another under one reference, so every change agrees with another one; a third is hidden by its age.
        await world.BookAsync("topup:t2", 70);
        var store = world.Services.GetRequiredService<ReconciliationStore>();
        var movement = (await world.ClearingAsync())[^1];
        await store.AddAsync([], movement.Place.Batch);

        var found = Assert.Single((await world.RunLaterAsync()).Breaks);
        Assert.Equal((ReconciliationBreakKind.Balance, 500 - Fee, 570 - Fee), (found.Kind, found.ProviderMinor, found.LedgerMinor));
    }

    [Fact]
    public async Task ProviderThatDoesNotAnswer_IsAskedAgain_AndNothingIsLost()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        world.Arm(ApiFault.BadGatewayBefore, times: 3, operation: "BalanceTransaction.list");
        var grain = world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key);

        Assert.Equal(RefusalCode.ReconciliationUnavailable, Refused(await grain.Run(Books.Operator)).Code);
        Assert.Null(Value(await grain.Get(Books.Operator)).LastRun);
        Assert.Equal((2, 0), ((await world.RunAsync()).LastRun!.Matched, (await world.RunAsync()).BreakCount));
    }

    [Fact]
    public async Task OperatorsOnly_SeeAndRunIt()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var grain = world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key);

        Assert.Equal(RefusalCode.NotAllowed, Refused(await grain.Get(Person("Ana"))).Code);
        Assert.Equal(RefusalCode.NotAllowed, Refused(await grain.Run(Person("Ana"))).Code);
        Assert.Null(Value(await grain.Get(Books.Operator)).LastRun);
    }

    [Fact]
    public async Task RunThatIsDue_IsMadeOnceInItsTime()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        var grain = world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key);

        await grain.RunDue();
        await Until(async () => Value(await grain.Get(Books.Operator)) is { IsRunning: false, LastRun: not null });
        var first = Value(await grain.Get(Books.Operator)).LastRun;
        await grain.RunDue();
        Assert.Equal(first, Value(await grain.Get(Books.Operator)).LastRun);
        world.Time.Advance(TimeSpan.FromHours(1));
        await grain.RunDue();
        await Until(async () => Value(await grain.Get(Books.Operator)) is { IsRunning: false } view && view.LastRun != first);
    }

    [Fact]
    public async Task CheckBesideTheServer_FindsTheSame_AndChangesNothing()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        await world.ChargeAsync("t1");
        await world.BookAsync("topup:t1");
        await world.ChargeAsync(topUp: null);
        await world.BookAsync("topup:ghost");
        world.Time.Advance(TimeSpan.FromMinutes(11));
        var check = world.Services.GetRequiredService<IReconciliationCheck>();

        var report = (await check.RunAsync())!;

        Assert.Equal(
            [ReconciliationBreakKind.MissingHere, ReconciliationBreakKind.MissingThere], report.Breaks.Select(one => one.Kind).Order());
        Assert.Equal((1, Fee, 1), (report.FeesOpen, report.FeesOpenMinor, report.Matched["topup"]));
        Assert.Equal(2, (await world.ClearingAsync()).Count);
        Assert.Null(Value(await world.Grains.GetGrain<IReconciliationGrain>(IReconciliationGrain.Key).Get(Books.Operator)).LastRun);
    }
}
