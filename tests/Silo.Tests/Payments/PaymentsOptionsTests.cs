using LiveCommerce.Silo.Payments;

namespace LiveCommerce.Silo.Tests.Payments;

public sealed class PaymentsOptionsTests
{
    [Theory]
    [InlineData(true, "sk_test_sandbox_1", "http://127.0.0.1:4242", true)]
    [InlineData(true, "", "https://api.stripe.com", true)]
    [InlineData(true, "sk_live_1", "http://127.0.0.1:4242", false)]
    [InlineData(true, "sk_test_sandbox_1", "https://api.stripe.com", false)]
    [InlineData(false, "", "https://api.stripe.com", true)]
    [InlineData(false, "sk_live_1", "https://api.stripe.com", true)]
    [InlineData(false, "sk_live_1", "http://api.stripe.com", false)]
    [InlineData(false, "sk_test_sandbox_1", "https://api.stripe.com", false)]
    public void SandboxAndRealMoney_AreNeverMixed(bool sandbox, string key, string url, bool fine)
    {
        var options = new PaymentsOptions { Sandbox = sandbox, SecretKey = key, BaseUrl = url };

        Assert.Equal(fine, new PaymentsModeValidator().Validate(null, options).Succeeded);
    }
}
