using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Ledger;
using LiveCommerce.Contracts.Payments;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>Refunds that are made at the provider, and refunds whose bank changes its mind.</summary>
public sealed class OutsideRefundTests
{
    private static readonly Caller Ana = Person("Ana");
    private static readonly Caller Desk = Person("Desk") with { Role = PlatformRole.Operator };

    [Theory]
    [InlineData(129)]
    [InlineData(43)]
    public async Task RefundMadeAtTheProviderWhileOursIsOnItsWay_TakesTheCoins_AndOursFreesNoneOfThem(long minor)
    {
        await using var world = await StartAsync();
        var topUp = await world.TopUp(Ana, Visa);
        world.Arm(ApiFault.RateLimit, times: 1_000, operation: "Refund.create");
        var refund = Value(await world.Refund(Desk, topUp.TopUpId));
        Assert.Equal(RefundState.Sent, refund.State);

        world.Sandbox.DisarmAll();
        await world.RefundAtProvider(topUp.TopUpId, minor);
        await Until(async () => await Float(world) == 129 - minor);
        await world.PassUntil(async () => await world.DueTime("Refund", refund.RefundId) is null);

        Assert.Equal(RefundState.Failed, Value(await world.FindRefund(Desk, refund.RefundId)).State);
        Assert.Equal(minor == 129 ? TopUpState.Refunded : TopUpState.PartlyRefunded, await StateOf(world, topUp));
        Assert.Equal((minor == 129 ? 0 : 67, minor), (await world.Coins(Ana), await world.MoneyReturned()));
        Assert.Equal(0, await world.Balance(LedgerAccount.Losses(LedgerUnit.UsdCents)));
    }

    [Fact]
    public async Task RefundOfAnotherPaymentThatNamesTheTopUp_TakesNoCoins()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);

        Assert.True(await TopUp(world, topUp).RefundMoved(new RefundNews("re_twice", "pi_twice", 129, "usd")));

        Assert.Equal((100, 129, TopUpState.Credited), (await world.Coins(Ana), await Float(world), await StateOf(world, topUp)));
    }

    [Fact]
    public async Task RefundThatFailedAndSucceededAfterAll_TakesTheCoinsAgain()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        var refund = Value(await world.Refund(Desk, topUp.TopUpId));

        await TopUp(world, topUp).DropRefund(refund.RefundId);
        Assert.Equal((100, 129), (await world.Coins(Ana), await Float(world)));
        await TopUp(world, topUp).CompleteRefund(refund.RefundId);
        Assert.Equal((0, 0, TopUpState.Refunded), (await world.Coins(Ana), await Float(world), await StateOf(world, topUp)));
    }

    [Fact]
    public async Task RefundsBeyondTheBound_AreNotToldForEver()
    {
        await using var world = await StartAsync(sendWebhooks: false);
        var topUp = await world.TopUp(Ana, Visa);
        var payment = Assert.Single(await world.Payments()).Id;

        for (var one = 0; one < 101; one++)
        {
            Assert.True(await TopUp(world, topUp).RefundMoved(new RefundNews($"re_{one}", payment, 1, "usd")));
        }
    }

    private static ITopUpGrain TopUp(PaymentWorld world, TopUpView topUp) => world.Grains.GetGrain<ITopUpGrain>(topUp.TopUpId);

    private static Task<long> Float(PaymentWorld world) => world.Balance(LedgerAccount.CoinFloat(LedgerUnit.UsdCents)).AsTask();

    private static async Task<TopUpState> StateOf(PaymentWorld world, TopUpView topUp) => (await world.FindTopUp(Ana, topUp.TopUpId)).State;
}
