using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>One payment may have a warning and disputes: each counts for itself.</summary>
public sealed class SeveralDisputesTests
{
    private static readonly Caller Ana = Person("Ana");
    private static readonly Caller Star = Person("Star");

    [Theory]
    [InlineData("needs_response", "won")]
    [InlineData("early_fraud_warning", "warning_closed")]
    public async Task OneOfTwoThatEndsWell_FreesNothingWhileTheOtherIsOpen(string opened, string ended)
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 60);
        var earned = await world.Balance(LedgerAccount.Earnings(Star.Id));
        await world.DisputeSays(topUp.TopUpId, "du_a", opened);
        await world.DisputeSays(topUp.TopUpId, "du_b", "needs_response");

        await world.DisputeSays(topUp.TopUpId, "du_a", ended);
        Assert.Equal((TopUpState.Frozen, 0, 0), (await StateOf(world, topUp), await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));

        await world.DisputeSays(topUp.TopUpId, "du_b", "won");
        Assert.Equal((TopUpState.Credited, 40), (await StateOf(world, topUp), await world.Coins(Ana)));
        Assert.Equal((earned, 0), (await world.Balance(LedgerAccount.Earnings(Star.Id)), await Disputed(world)));
    }

    [Fact]
    public async Task DisputesThatAreLostOneAfterTheOther_EachTakeTheirPart_AndWhatIsMoreIsALoss()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 60);

        await world.DisputeSays(topUp.TopUpId, "du_a", "lost", 43);
        Assert.Equal((TopUpState.Clawed, 6, 0, 86), (await StateOf(world, topUp), await world.Coins(Ana), await Disputed(world), await Float(world)));

        await world.DisputeSays(topUp.TopUpId, "du_b", "lost", 86);
        Assert.Equal((0, 0, 0), (await world.Coins(Ana), await Disputed(world), await Float(world)));
        Assert.Equal((0, 0), (await world.Balance(LedgerAccount.Earnings(Star.Id)), await Losses(world)));

        await world.DisputeSays(topUp.TopUpId, "du_c", "lost", 129);
        Assert.Equal((0, 0, 0, -129), (await world.Coins(Ana), await Disputed(world), await Float(world), await Losses(world)));
    }

    [Fact]
    public async Task WhatALostPartLeaves_StaysFrozenWhileAnotherIsOpen()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        await world.DisputeSays(topUp.TopUpId, "du_a", "needs_response", 43);
        await world.DisputeSays(topUp.TopUpId, "du_b", "needs_response", 86);

        await world.DisputeSays(topUp.TopUpId, "du_a", "lost", 43);
        Assert.Equal((TopUpState.Clawed, 0, 86), (await StateOf(world, topUp), await world.Coins(Ana), await Float(world)));

        await world.DisputeSays(topUp.TopUpId, "du_b", "won", 86);
        Assert.Equal((66, 0, 0), (await world.Coins(Ana), await Disputed(world), await Losses(world)));
    }

    [Fact]
    public async Task DisputeLostAboutAPaymentThatIsNobodys_IsThePlatformsLoss()
    {
        await using var world = await StartAsync(sendWebhooks: false);

        await world.Grains.GetGrain<IDisputeGrain>("du_nobody").Moved(new ProviderDispute(
            "du_nobody", "lost", "pi_nobody", "ch_nobody", 50, "usd", "fraudulent", world.Time.GetUtcNow(), EvidenceDueBy: null));

        Assert.Equal((0, -50), (await Disputed(world), await Losses(world)));
    }

    [Fact]
    public async Task DisputeOfATopUpThatIsYearsOld_FreezesItAllTheSame()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        await world.Give(Ana, Star, 60);
        world.Time.Advance(TimeSpan.FromDays(800));

        await world.DisputeSays(topUp.TopUpId, "du_a", "needs_response");
        Assert.Equal((TopUpState.Frozen, 0, 0), (await StateOf(world, topUp), await world.Coins(Ana), await world.Balance(LedgerAccount.Earnings(Star.Id))));
    }

    private static Task<long> Float(PaymentWorld world) => world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)).AsTask();

    private static Task<long> Disputed(PaymentWorld world) => world.Balance(LedgerAccount.Disputed(LedgerUnit.UsdCents)).AsTask();

    private static Task<long> Losses(PaymentWorld world) => world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)).AsTask();

    private static async Task<TopUpState> StateOf(PaymentWorld world, TopUpView topUp) => (await world.FindTopUp(Ana, topUp.TopUpId)).State;
}
