using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Payouts;
using LiveCommerce.StripeSandbox.Faults;
using static LiveCommerce.Silo.Tests.Payments.PaymentWorld;

namespace LiveCommerce.Silo.Tests.Payouts;

/// <summary>Setting up where the money goes, with the sandbox over HTTP.</summary>
public sealed class PayoutAccountTests
{
    [Fact]
    public async Task NewAccount_IsRestrictedUntilTheProviderHasWhatItWants()
    {
        await using var world = await PayoutWorld.StartAsync();
        await world.FundAsync(5_000);
        await world.EarnAsync(2_000);
        Assert.Equal(PayoutAccountState.None, (await world.AccountAsync()).State);

        var page = Value(await world.StartOnboarding());

        Assert.Equal(PayoutAccountState.Restricted, page.Account.State);
        Assert.Contains("your date of birth", page.Account.Missing);
        Assert.Contains("a bank account", page.Account.Missing);
        var refusal = Refused(await world.TryPayOut(1_000));
        Assert.Equal(RefusalCode.PayoutAccountNotReady, refusal.Code);
        Assert.Contains("your date of birth", refusal.Message, StringComparison.Ordinal);

        await world.OnboardAsync();

        Assert.Empty((await world.AccountAsync()).Missing);
        Assert.Equal(PayoutState.Transferred, (await world.PayOut(1_000)).State);
        Assert.Single(await world.Payments.ProviderAccounts());
        await world.AuditAsync();
    }

    [Fact]
    public async Task WebhookOfTheProvider_MakesItActiveWithoutAsking()
    {
        await using var world = await PayoutWorld.StartAsync();
        var page = Value(await world.StartOnboarding());

        await world.Payments.Decide(page.Url, [new("decision", "finish"), new("payout", "paid")]);

        // Not a second goes by, so nothing but the event can have told.
        await Until(async () => (await world.Account.Begin("p1")).Ok);
    }

    [Fact]
    public async Task LostWebhook_IsMadeUpForWhenTheOwnerLooks()
    {
        await using var world = await PayoutWorld.StartAsync(sendWebhooks: false);

        await world.OnboardAsync();

        Assert.Equal(PayoutAccountState.Active, (await world.AccountAsync()).State);
    }

    [Fact]
    public async Task OwnerWhoGivesUp_CanGoOnLater()
    {
        await using var world = await PayoutWorld.StartAsync();
        await world.OnboardAsync("leave");
        Assert.Equal(PayoutAccountState.Restricted, (await world.AccountAsync()).State);

        var page = Value(await world.StartOnboarding(email: null, country: null));

        Assert.NotEmpty(page.Url);
        Assert.Single(await world.Payments.ProviderAccounts());
    }

    [Fact]
    public async Task RejectedOwner_IsToldWhomToAsk()
    {
        await using var world = await PayoutWorld.StartAsync();

        await world.OnboardAsync("reject");

        await Until(async () => (await world.AccountAsync()).Problem is not null);
        var account = await world.AccountAsync();
        Assert.Equal(PayoutAccountState.Restricted, account.State);
        Assert.Equal("The payment provider has rejected this account. Contact it from your account there.", account.Problem);
        Assert.Equal(RefusalCode.PayoutAccountNotReady, Refused(await world.TryPayOut(1_000)).Code);
    }

    [Theory]
    [InlineData("", "US", RefusalCode.PayoutEmailInvalid)]
    [InlineData("star", "US", RefusalCode.PayoutEmailInvalid)]
    [InlineData("Star <star@example.org>", "US", RefusalCode.PayoutEmailInvalid)]
    [InlineData(null, "US", RefusalCode.PayoutEmailInvalid)]
    [InlineData("star@example.org", "", RefusalCode.PayoutCountryUnknown)]
    [InlineData("star@example.org", "XX", RefusalCode.PayoutCountryUnknown)]
    [InlineData("star@example.org", null, RefusalCode.PayoutCountryUnknown)]
    public async Task DetailsThatCannotBe_MakeNoAccount(string? email, string? country, RefusalCode code)
    {
        await using var world = await PayoutWorld.StartAsync(sendWebhooks: false);

        Assert.Equal(code, Refused(await world.StartOnboarding(email, country)).Code);
        Assert.Equal(PayoutAccountState.None, (await world.AccountAsync()).State);
        Assert.Equal(RefusalCode.PayoutNotFound, Refused(await world.Account.Get(Person("Other"))).Code);
    }

    [Theory]
    [InlineData(ApiFault.TimeoutAfterCommit)]
    [InlineData(ApiFault.ResetAfterCommit)]
    [InlineData(ApiFault.BadGatewayAfterCommit)]
    [InlineData(ApiFault.ResetBefore)]
    public async Task LostAnswer_MakesOneAccount(ApiFault fault)
    {
        await using var world = await PayoutWorld.StartAsync(sendWebhooks: false);
        world.Payments.Arm(fault, times: 3, operation: "V2.Account.create");
        var first = await world.StartOnboarding();
        Assert.Equal(RefusalCode.PaymentUnavailable, Refused(first).Code);

        await world.Payments.RestartAsync();
        await world.Payments.WakeAfter(TimeSpan.FromMinutes(1));
        await world.OnboardAsync();

        Assert.Equal(PayoutAccountState.Active, (await world.AccountAsync()).State);
        if (fault != ApiFault.BadGatewayAfterCommit) { Assert.Single(await world.Payments.ProviderAccounts()); }
    }
}
