using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Limits;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.Silo.Storage;
using LiveCommerce.Silo.Tests.Storage;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Buying coins, with the real ledger and the sandbox over HTTP.</summary>
public sealed class TopUpTests
{
    private static readonly Caller Ana = Person("Ana");

    [Theory]
    [MemberData(nameof(Databases.Both), MemberType = typeof(Databases))]
    public async Task PaidTopUp_IsCreditedAtOnceAndNothingIsLeftToDo(SqlDialect dialect)
    {
        await using var world = await StartAsync(dialect);
        var id = world.NewKey();

        var topUp = await world.TopUp(Ana, Visa, id);

        Assert.Equal((TopUpState.Credited, 100, 100), (topUp.State, topUp.Coins, topUp.Balance));
        Assert.Equal(100, await world.Coins(Ana));
        Assert.Equal(-100, await world.Balance(LedgerAccount.Clearing(LedgerUnit.Coins)));
        Assert.Equal(129, await world.MoneyTaken());
        await Until(async () => await world.DueTime("TopUp", id) is null);
    }

    [Fact]
    public async Task ExactAmount_CostsWhatTheOfferSays()
    {
        await using var world = await StartAsync();
        var offer = await world.Grains.GetGrain<ITopUpCatalogGrain>(ITopUpCatalogGrain.Key).Get();

        var topUp = Value(await world.Grains.GetGrain<ITopUpGrain>(world.NewKey()).Start(Ana, new StartTopUp(null, 777, Visa, ReturnUrl)));

        Assert.Equal(((777 * offer.MinorPerHundredCoins) + 99) / 100, topUp.PriceMinor);
        Assert.Equal(777, await world.Coins(Ana));
        Assert.True(offer.Sandbox);
        Assert.Contains(offer.TestCards, card => card.PaymentMethod == Asks);
    }

    [Fact]
    public async Task DeclinedCard_IsAFailedTopUpThatSaysWhatToDo()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();

        var topUp = await world.TopUp(Ana, Declined, id);

        Assert.Equal(TopUpState.Failed, topUp.State);
        Assert.Equal("The card was declined and nothing was charged. Use another card, or ask your bank.", topUp.Problem);
        Assert.Equal((0, 0), (await world.Coins(Ana), await world.MoneyTaken()));
        await Until(async () => await world.DueTime("TopUp", id) is null);
    }

    [Fact]
    public async Task ApprovedConfirmation_IsCreditedByTheWebhook()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);
        Assert.Equal(TopUpState.RequiresAction, asked.State);
        Assert.Equal(0, await world.Coins(Ana));

        await world.Decide(asked.ActionUrl, "approve");

        await Until(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Credited);
        Assert.Equal(100, await world.Coins(Ana));
    }

    [Fact]
    public async Task FailedConfirmation_IsAFailedTopUp()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);

        await world.Decide(asked.ActionUrl, "fail");

        await Until(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Failed);
        Assert.StartsWith("The bank could not confirm that it was you", (await world.FindTopUp(Ana, id)).Problem, StringComparison.Ordinal);
        Assert.Equal(0, await world.Coins(Ana));
    }

    [Fact]
    public async Task AbandonedConfirmation_IsCanceledAndTheProviderTakesNoMoneyAfterwards()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);

        await world.PassUntil(async () => (await world.FindTopUp(Ana, id)).State == TopUpState.Expired);
        await world.Decide(asked.ActionUrl, "approve");

        Assert.Equal(TopUpState.Expired, (await world.FindTopUp(Ana, id)).State);
        Assert.Equal(0, await world.MoneyTaken());
        await Until(async () => await world.DueTime("TopUp", id) is null);
    }

    [Fact]
    public async Task LostWebhook_IsMadeUpForByTheSweep()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);
        await world.Decide(asked.ActionUrl, "approve");

        await world.PassUntil(async () => await world.Coins(Ana) == 100);
        await Until(async () => await world.DueTime("TopUp", id) is null);
    }

    [Fact]
    public async Task LostWebhook_IsMadeUpForWhenTheViewerAsks()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var id = world.NewKey();
        var asked = await world.TopUp(Ana, Asks, id);
        await world.Decide(asked.ActionUrl, "approve");

        world.Time.Advance(TimeSpan.FromSeconds(6));

        Assert.Equal(TopUpState.Credited, (await world.FindTopUp(Ana, id)).State);
    }

    [Fact]
    public async Task SameTopUpAgain_GetsTodaysStateAndIsChargedOnce()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();

        var answers = await Task.WhenAll(Enumerable.Range(0, 5).Select(_ => world.TopUp(Ana, Visa, id)));
        await world.RestartAsync();
        var later = await world.TopUp(Ana, Visa, id);

        Assert.All(answers.Append(later), answer => Assert.Equal(TopUpState.Credited, answer.State));
        Assert.Equal((100, 129), (await world.Coins(Ana), await world.MoneyTaken()));
    }

    [Fact]
    public async Task SameKeyForOtherContentOrAnotherViewer_IsRefused()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        await world.TopUp(Ana, Visa, id);

        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryTopUp(Ana, Visa, id, "coins-500")).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryTopUp(Ana, Declined, id)).Code);
        Assert.Equal(RefusalCode.KeyReused, Refused(await world.TryTopUp(Person("Bob"), Visa, id)).Code);
        Assert.Equal(100, await world.Coins(Ana));
    }

    [Fact]
    public async Task SomebodyElsesTopUp_IsNotShown()
    {
        await using var world = await StartAsync();
        var id = world.NewKey();
        await world.TopUp(Ana, Visa, id);

        Assert.Equal(RefusalCode.PaymentNotFound, Refused(await world.Grains.GetGrain<ITopUpGrain>(id).Get(Person("Bob"))).Code);
        Assert.Equal(RefusalCode.PaymentNotFound, Refused(await world.Grains.GetGrain<ITopUpGrain>(world.NewKey()).Get(Ana)).Code);
    }

    [Theory]
    [InlineData("no such pack", null, "pm_card_visa", ReturnUrl, RefusalCode.PackUnknown)]
    [InlineData("coins-100", 500L, "pm_card_visa", ReturnUrl, RefusalCode.PackUnknown)]
    [InlineData(null, null, "pm_card_visa", ReturnUrl, RefusalCode.AmountNotAllowed)]
    [InlineData(null, 49L, "pm_card_visa", ReturnUrl, RefusalCode.AmountNotAllowed)]
    [InlineData(null, 100_001L, "pm_card_visa", ReturnUrl, RefusalCode.AmountNotAllowed)]
    [InlineData(null, long.MaxValue, "pm_card_visa", ReturnUrl, RefusalCode.AmountNotAllowed)]
    [InlineData("coins-100", null, "", ReturnUrl, RefusalCode.Malformed)]
    [InlineData("coins-100", null, "pm_card visa", ReturnUrl, RefusalCode.Malformed)]
    [InlineData("coins-100", null, "pm_card_visa", "javascript:alert(1)", RefusalCode.Malformed)]
    public async Task RequestThatMakesNoSense_IsRefusedAndReachesNobody(string? pack, long? coins, string card, string url, RefusalCode code)
    {
        await using var world = await StartAsync();
        var id = world.NewKey();

        Assert.Equal(code, Refused(await world.Grains.GetGrain<ITopUpGrain>(id).Start(Ana, new StartTopUp(pack, coins, card, url))).Code);

        Assert.Empty(await world.Payments());
        Assert.Null(await world.DueTime("TopUp", id));
    }

    [Theory]
    [InlineData("not-a-key", RefusalCode.Malformed)]
    [InlineData("0f8fad5bd9cb469fa16570867728950e", RefusalCode.Malformed)]
    [InlineData("018bcfe568007000800000000000000a", RefusalCode.KeyOutOfTime)]
    public async Task KeyThatIsNoneOrOld_IsRefused(string id, RefusalCode code)
    {
        await using var world = await StartAsync();

        Assert.Equal(code, Refused(await world.TryTopUp(Ana, Visa, id)).Code);
    }

    [Fact]
    public async Task DailyLimit_RefusesWithAmounts_FailedOnesDoNotCount_AndADayLaterItIsOver()
    {
        await using var world = await StartAsync();
        world.Time.Advance(TimeSpan.FromHours(24));
        await world.TopUp(Ana, Declined, pack: "coins-50000");
        foreach (var _ in Enumerable.Range(0, 3)) { await world.TopUp(Ana, Visa, pack: "coins-50000"); }

        var refusal = Refused(await world.TryTopUp(Ana, Visa, pack: "coins-50000"));

        Assert.Equal(RefusalCode.LimitReached, refusal.Code);
        Assert.Equal((200_000, 182_970), (refusal.Amounts!["limit"], refusal.Amounts["spent"]));
        world.Time.Advance(TimeSpan.FromHours(24));
        Assert.Equal(TopUpState.Credited, (await world.TopUp(Ana, Visa, pack: "coins-50000")).State);
    }

    [Fact]
    public async Task NewAccount_BuysLess()
    {
        await using var world = await StartAsync();
        await world.TopUp(Ana, Visa, pack: "coins-50000");

        Assert.Equal(100_000, Refused(await world.TryTopUp(Ana, Visa, pack: "coins-50000")).Amounts!["limit"]);
    }

    [Fact]
    public async Task Minor_BuysNoCoins()
    {
        await using var world = await StartAsync();
        await world.Grains.GetGrain<IGivingLimitsGrain>(Ana.Id).SetMinor(true);

        Assert.Equal(RefusalCode.TooYoung, Refused(await world.TryTopUp(Ana, Visa)).Code);
        Assert.Equal(0, await world.Coins(Ana));
    }
}
