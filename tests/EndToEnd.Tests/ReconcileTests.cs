using System.Net.Http.Headers;
using LiveCommerce.EndToEnd.Tests.Wire;

namespace LiveCommerce.EndToEnd.Tests;

/// <summary><c>livecommerce reconcile</c> of the real executable on its data folder, against the sandbox of the server or one of its own.</summary>
public sealed class ReconcileTests
{
    [Fact]
    public async Task Reconcile_FindsNothingInACleanStore_AndNamesAPaymentThatTheLedgerDoesNotHave()
    {
        await using var stage = await Stage.StartAsync("Sqlite", ("Reconciliation__GraceSeconds", "0"));
        var viewer = await stage.RegisterAsync("viewer one");
        await viewer.TopUpAsync(500);

        var clean = await stage.Product.RunAsync("reconcile");

        Assert.True(clean.ExitCode == 0, clean.Output);
        Assert.Contains("Both sides agree: 0 breaks.", clean.Output, StringComparison.Ordinal);
        Assert.Matches(@"matched\s+topup\s+1\b", clean.Output);

        var charge = await ChargeAsync(stage.Product);
        var broken = await stage.Product.RunAsync("reconcile");

        Assert.True(broken.ExitCode == 1, broken.Output);
        Assert.Matches($@"(?m)^missing here\s.*charge:{charge}\s+700\s+-\s+usd\s", broken.Output);
        Assert.Contains("1 breaks.", broken.Output, StringComparison.Ordinal);

        // The same without the server: the command reads the sandbox's file itself.
        Assert.Equal(0, await stage.Product.StopAsync());
        var alone = await stage.Product.RunAsync("reconcile");
        Assert.True(alone.ExitCode == 1, alone.Output);
        Assert.Contains($"charge:{charge}", alone.Output, StringComparison.Ordinal);
    }

    /// <summary>A payment behind the product's back.</summary>
    /// <returns>The provider's id of the charge.</returns>
    private static async Task<string> ChargeAsync(ProductProcess product)
    {
        var address = new Uri(await File.ReadAllTextAsync(Path.Combine(product.DataFolder, "sandbox-address")));
        using var client = new HttpClient { BaseAddress = address };
        var key = (await File.ReadAllTextAsync(Path.Combine(product.DataFolder, "sandbox-key.secret"))).Trim();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
        using var form = new FormUrlEncodedContent(
        [
            new("amount", "700"), new("currency", "usd"), new("payment_method", "pm_card_visa"), new("confirm", "true"),
            new("return_url", "http://localhost/paid"), new("description", "planted"),
        ]);
        using var answer = await client.PostAsync("v1/payment_intents", form);
        var text = await answer.Content.ReadAsStringAsync();
        Assert.True(answer.IsSuccessStatusCode, text);
        using var intent = System.Text.Json.JsonDocument.Parse(text);
        return intent.RootElement.GetProperty("latest_charge").GetString()!;
    }
}
