using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Storage;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Money that goes back to a card goes back once, and the coins with it.</summary>
public sealed class RefundTests
{
    private static readonly Caller Ana = Person("Ana");
    private static readonly Caller Star = Person("Star");
    private static readonly Caller Desk = Person("Desk") with { Role = PlatformRole.Operator };

    [Fact]
    public async Task CreditedTopUp_HasBothSidesInTheLedger()
    {
        await using var world = await StartAsync();
        await world.TopUp(Ana, Visa);

        Assert.Equal((100, -100), (await world.Coins(Ana), await world.Balance(LedgerAccount.Clearing(LedgerUnit.Coins))));
        Assert.Equal((-129, 129), await MoneyAsync(world));
    }

    [Theory]
    [InlineData(SqlDialect.Sqlite)]
    [InlineData(SqlDialect.PostgreSql)]
    public async Task UntouchedTopUp_IsSentBackByItsViewer_AndBothSidesAreLevelAgain(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect, sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);

        var refund = Value(await world.Refund(Ana, topUp.TopUpId));

        Assert.Equal((RefundState.Succeeded, 100, 129), (refund.State, refund.Coins, refund.AmountMinor));
        Assert.Equal((0, 0, 129), (await world.Coins(Ana), await world.Balance(LedgerAccount.Clearing(LedgerUnit.Coins)), await world.MoneyReturned()));
        Assert.Equal((0, 0), await MoneyAsync(world));
        Assert.Equal(TopUpState.Refunded, (await world.FindTopUp(Ana, topUp.TopUpId)).State);
    }

    [Fact]
    public async Task TopUpOfWhichCoinsAreSpent_IsNotTheViewersToSendBack_AndTheOperatorSendsBackTheRest()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 30);

        var refused = Refused(await world.Refund(Ana, topUp.TopUpId));
        var refund = Value(await world.Refund(Desk, topUp.TopUpId));

        Assert.Equal(RefusalCode.NotRefundable, refused.Code);
        Assert.Equal((70, 90), (refund.Coins, refund.AmountMinor));
        Assert.Equal((0, 90), (await world.Coins(Ana), await world.MoneyReturned()));
        Assert.Equal((-39, 39), await MoneyAsync(world));
        Assert.Equal(TopUpState.PartlyRefunded, (await world.FindTopUp(Ana, topUp.TopUpId)).State);
    }

    [Fact]
    public async Task WhatCanBeSentBack_IsSaidBefore_AndWhyNotAfterwards()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);

        var before = Value(await world.Returns(Ana, topUp.TopUpId));
        var refund = Value(await world.Refund(Ana, topUp.TopUpId));
        var after = Value(await world.Returns(Ana, topUp.TopUpId));

        Assert.Equal((100, 129, null), (before.Coins, before.AmountMinor, before.Problem));
        Assert.Equal((before.BoughtAt.AddDays(14), 0), (before.Until, before.Returns.Count));
        Assert.Equal((refund.Coins, refund.AmountMinor), (before.Coins, before.AmountMinor));
        Assert.Equal((0, 0, "This payment went back to the card already."), (after.Coins, after.AmountMinor, after.Problem));
        Assert.Equal([new ReturnedCoins(refund.RefundId, 100, 129, ReturnState.Returned)], after.Returns);
        Assert.Equal(RefusalCode.PaymentNotFound, Refused(await world.Returns(Star, topUp.TopUpId)).Code);
    }

    [Fact]
    public async Task SpentOrLateTopUp_CanNotBeSentBackByItsViewer_AndIsToldWhy()
    {
        await using var world = await StartAsync();
        var (spent, late) = (await world.TopUp(Ana, Visa), await world.TopUp(Star, Visa));
        await world.Give(Ana, Star, 30);

        var touched = Value(await world.Returns(Ana, spent.TopUpId));
        world.Time.Advance(TimeSpan.FromDays(15));
        var tooLate = Value(await world.Returns(Star, late.TopUpId));

        Assert.Equal((0, 0), (touched.Coins, tooLate.Coins));
        Assert.Contains("spent", touched.Problem, StringComparison.Ordinal);
        Assert.Contains("14 days", tooLate.Problem, StringComparison.Ordinal);
    }

    [Fact]
    public async Task AfterTheDaysOfTheViewer_OnlyTheOperatorRefunds()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        world.Time.Advance(TimeSpan.FromDays(15));

        Assert.Equal(RefusalCode.NotRefundable, Refused(await world.Refund(Ana, topUp.TopUpId)).Code);
        Assert.Equal(100, await world.Coins(Ana));
        Assert.Equal(RefundState.Succeeded, Value(await world.Refund(Desk, topUp.TopUpId)).State);
    }

    [Fact]
    public async Task PartsOfATopUp_GoBackForNeitherMoreNorLessThanItCost()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);

        var first = Value(await world.Refund(Desk, topUp.TopUpId, 33));
        var second = Value(await world.Refund(Desk, topUp.TopUpId, 33));
        var third = Value(await world.Refund(Desk, topUp.TopUpId));
        var none = Refused(await world.Refund(Desk, topUp.TopUpId));

        Assert.Equal((42, 42, 45), (first.AmountMinor, second.AmountMinor, third.AmountMinor));
        Assert.Equal((0, 129), (await world.Coins(Ana), await world.MoneyReturned()));
        Assert.Equal(RefusalCode.NotRefundable, none.Code);
        Assert.Equal((0, 0), await MoneyAsync(world));
    }

    [Fact]
    public async Task SameRefundAgain_IsAnsweredAlike_AndAnotherUnderItsKeyIsRefused()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        var id = world.NewKey();

        var first = Value(await world.Refund(Desk, topUp.TopUpId, 10, id));
        var again = Value(await world.Refund(Desk, topUp.TopUpId, 10, id));
        var other = Refused(await world.Refund(Desk, topUp.TopUpId, 11, id));

        Assert.Equal(first, again);
        Assert.Equal(RefusalCode.KeyReused, other.Code);
        Assert.Equal(90, await world.Coins(Ana));
    }

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetAfterCommit)]
    [InlineData(ApiFault.BadGatewayAfterCommit)]
    public async Task RefundWhoseAnswerIsLost_IsSentOnce(ApiFault fault)
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(fault, times: 3, operation: "Refund.create");
        var id = world.NewKey();

        await world.Refund(Desk, topUp.TopUpId, 100, id);
        Assert.Equal(0, await world.Coins(Ana));
        await world.PassUntil(async () => Value(await world.FindRefund(Desk, id)).State == RefundState.Succeeded);

        Assert.Equal((129, 0), (await world.MoneyReturned(), await world.Coins(Ana)));
        await Until(async () => await MoneyAsync(world) == (0, 0));
    }

    [Theory]
    [InlineData(WebhookFault.BeforeAnswer)]
    [InlineData(WebhookFault.Duplicate)]
    public async Task WebhookOfARefund_BeforeTheAnswerOrTwice_PostsItOnce(WebhookFault fault)
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(fault, "refund.created");
        world.Arm(fault, "charge.refunded");

        var refund = Value(await world.Refund(Ana, topUp.TopUpId));
        await Until(() => Task.FromResult(world.Webhooks.New.Any(webhook => webhook.Type == "charge.refunded")));
        await Until(async () => await world.WaitingEvents() == 0);

        Assert.Equal((RefundState.Succeeded, 0, 129), (refund.State, await world.Coins(Ana), await world.MoneyReturned()));
        Assert.Equal((0, 0), await MoneyAsync(world));
        Assert.Equal(1, (await world.Lines(Ana)).Count(line => line.Change < 0));
    }

    [Fact]
    public async Task RefundThatNeverArrives_FailsFreesTheCoins_AndIsSentAgainByTheOperator()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(ApiFault.ServerError, operation: "Refund.create");
        var id = world.NewKey();

        await world.Refund(Desk, topUp.TopUpId, 100, id);
        await world.PassUntil(async () => Value(await world.FindRefund(Desk, id)).State == RefundState.Failed);
        await Until(async () => await world.Coins(Ana) == 100);
        var again = Value(await world.RetryRefund(Desk, id));

        Assert.Equal(RefundState.Succeeded, again.State);
        Assert.Equal((129, 0), (await world.MoneyReturned(), await world.Coins(Ana)));
    }

    [Fact]
    public async Task RefundThatTheBankSendsBack_GivesTheCoinsBack()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_refundFail");
        var refund = Value(await world.Refund(Desk, topUp.TopUpId));
        Assert.Equal((RefundState.Succeeded, 0), (refund.State, await world.Coins(Ana)));

        await world.PassUntil(async () => await world.Coins(Ana) == 100);

        Assert.Equal(RefundState.Failed, Value(await world.FindRefund(Desk, refund.RefundId)).State);
        Assert.Equal((-129, 129), await MoneyAsync(world));
        Assert.Equal(TopUpState.Credited, (await world.FindTopUp(Ana, topUp.TopUpId)).State);

        var again = Value(await world.RetryRefund(Desk, refund.RefundId));
        Assert.Equal((RefundState.Succeeded, 0), (again.State, await world.Coins(Ana)));
    }

    [Fact]
    public async Task PendingRefund_KeepsTheCoinsBackUntilTheBankHasTakenIt()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, "pm_card_pendingRefund");

        var refund = Value(await world.Refund(Desk, topUp.TopUpId));
        Assert.Equal((RefundState.Pending, 0), (refund.State, await world.Coins(Ana)));
        await world.PassUntil(async () => Value(await world.FindRefund(Desk, refund.RefundId)).State == RefundState.Succeeded);

        await Until(async () => await MoneyAsync(world) == (0, 0));
    }

    [Fact]
    public async Task RefundMadeAtTheProvider_TakesTheCoinsOnce()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);

        await world.RefundAtProvider(topUp.TopUpId, 129);
        await Until(async () => (await world.FindTopUp(Ana, topUp.TopUpId)).State == TopUpState.Refunded);
        await Until(async () => await world.WaitingEvents() == 0);

        Assert.Equal((0, (0L, 0L)), (await world.Coins(Ana), await MoneyAsync(world)));
        Assert.Equal(1, (await world.Lines(Ana)).Count(line => line.Change < 0));
    }

    [Fact]
    public async Task RefundMadeAtTheProviderOfCoinsThatAreSpent_IsThePlatformsLoss()
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 100);

        await world.RefundAtProvider(topUp.TopUpId, 129);
        await Until(async () => (await world.FindTopUp(Ana, topUp.TopUpId)).State == TopUpState.Refunded);

        Assert.Equal((0, -129), (await world.Coins(Ana), await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents))));
        Assert.Equal((0, 129), await MoneyAsync(world));
    }

    [Fact]
    public async Task GiftOfAMinor_ComesBackInFull()
    {
        await using var world = await StartAsync();
        await world.TopUp(Ana, Visa);
        var gift = await world.Give(Ana, Star, 60);
        var id = world.NewKey();

        var byAna = Refused(await world.RefundGift(Ana, gift, id));
        var refund = Value(await world.RefundGift(Desk, gift, id));
        var twice = Refused(await world.RefundGift(Desk, gift, world.NewKey()));

        Assert.Equal(RefusalCode.NotAllowed, byAna.Code);
        Assert.Equal((RefundState.Succeeded, 60, 0), (refund.State, refund.Coins, refund.AmountMinor));
        Assert.Equal(RefusalCode.NotRefundable, twice.Code);
        Assert.Equal((100, 0), (await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));
    }

    [Fact]
    public async Task EntryThatIsNoGift_IsNotGivenBackAsOne()
    {
        await using var world = await StartAsync();
        await world.TopUp(Ana, Visa);
        var topUp = Assert.Single(await world.Lines(Ana)).EntryId;

        Assert.Equal(RefusalCode.NotFound, Refused(await world.RefundGift(Desk, topUp, world.NewKey())).Code);
        Assert.Equal(RefusalCode.NotFound, Refused(await world.RefundGift(Desk, LedgerKeys.Derive(topUp, "usd"), world.NewKey())).Code);
        Assert.Equal((100, (-129L, 129L)), (await world.Coins(Ana), await MoneyAsync(world)));
    }

    [Fact]
    public async Task CrashBetweenTheRefundAndTheLedger_IsMadeGoodOnce()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(ApiFault.BadGatewayAfterCommit, times: 3, operation: "Refund.create");
        world.Arm(ApiFault.RateLimit, times: 3, operation: "Refund.list");
        var id = world.NewKey();
        await world.Refund(Desk, topUp.TopUpId, 100, id);

        await world.RestartAsync();
        world.Sandbox.DisarmAll();
        await world.PassUntil(async () => Value(await world.FindRefund(Desk, id)).State == RefundState.Succeeded);

        await Until(async () => await MoneyAsync(world) == (0, 0));
        Assert.Equal((129, 0), (await world.MoneyReturned(), await world.Coins(Ana)));
    }

    /// <summary>What the provider holds for us, negative, and what was paid for coins.</summary>
    private static async Task<(long Clearing, long Float)> MoneyAsync(PaymentWorld world) =>
        (await world.Balance(LedgerAccount.Clearing(LedgerUnit.UsdCents)), await world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)));
}
