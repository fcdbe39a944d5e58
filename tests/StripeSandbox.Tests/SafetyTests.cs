using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace LiveCommerce.StripeSandbox.Tests;

/// <summary>The sandbox can't be mistaken for the real thing, nor be reached from outside.</summary>
public sealed class SafetyTests
{
    [Theory]
    [InlineData("SecretKey", "sk_live_51Real", "starts with sk_test_sandbox")]
    [InlineData("SecretKey", "sk_test_51Somebodys", "starts with sk_test_sandbox")]
    [InlineData("Address", "0.0.0.0", "loopback")]
    [InlineData("Address", "192.168.1.10", "loopback")]
    [InlineData("Address", "example.org", "loopback")]
    [InlineData("Port", "70000", "65535")]
    [InlineData("IdempotencyHours", "1", "24")]
    [InlineData("WebhookUrl", "ftp://127.0.0.1/", "http")]
    [InlineData("WebhookUrl", "http://127.0.0.1/hook", "whsec_")]
    [InlineData("PagesBaseUrl", "javascript:1", "http")]
    public async Task OptionsOfNoSandbox_AreRefusedWithASentence(string name, string value, string says)
    {
        var options = Bind(new Dictionary<string, string?>(StringComparer.Ordinal) { [$"StripeSandbox:{name}"] = value }, validate: false);

        var refused = await Assert.ThrowsAsync<OptionsValidationException>(
            () => StripeSandboxServer.StartAsync(options, NullLoggerFactory.Instance, TimeProvider.System));

        Assert.Contains(says, refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("sk_live_51Real", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Configuration_IsCheckedAtTheStart_MisspeltNamesToo()
    {
        Assert.Equal(4711, Bind(new() { ["StripeSandbox:Port"] = "4711" }, validate: true).Port);
        Assert.Equal("Drop", Bind(new() { ["StripeSandbox:Faults:Webhooks:0:Fault"] = "Drop" }, validate: true).Faults.Webhooks.Single().Fault.ToString());
        Assert.Throws<OptionsValidationException>(() => Bind(new() { ["StripeSandbox:Address"] = "0.0.0.0" }, validate: true));
        Assert.Throws<InvalidOperationException>(() => Bind(new() { ["StripeSandbox:Prot"] = "4711" }, validate: true));
    }

    [Fact]
    public async Task Home_ShowsTheCardsAndSaysThatNoMoneyMoves()
    {
        await using var world = await SandboxWorld.Start();

        var html = await world.Client.GetStringAsync(new Uri("/", UriKind.Relative));

        Assert.Equal("127.0.0.1", world.Server.BaseAddress.Host);
        Assert.Contains("no money moves", html, StringComparison.Ordinal);
        Assert.Contains("pm_card_chargeDeclinedInsufficientFunds", html, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReceiverOfWebhooks_MustBeAnAddressWithASecret()
    {
        await using var world = await SandboxWorld.Start();

        Assert.Throws<ArgumentException>(() => world.Server.SendWebhooksTo(new Uri("file:///etc"), "whsec_x"));
        Assert.Throws<ArgumentException>(() => world.Server.SendWebhooksTo(new Uri("http://127.0.0.1/"), "secret"));
    }

    private static StripeSandboxOptions Bind(Dictionary<string, string?> values, bool validate)
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(values).Build();
        if (!validate)
        {
            var plain = new StripeSandboxOptions();
            configuration.GetSection("StripeSandbox").Bind(plain);
            return plain;
        }

        using var services = new ServiceCollection().AddSingleton<IConfiguration>(configuration).AddStripeSandboxOptions().BuildServiceProvider();
        return services.GetRequiredService<IOptions<StripeSandboxOptions>>().Value;
    }
}
