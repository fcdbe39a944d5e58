using System.Reflection;
using LiveCommerce.Silo.Payments.Stripe;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Silo.Tests.Payments;

/// <summary>The client never sends what the API does not know: every method, with all and with the fewest arguments, over a real socket.</summary>
public sealed class StripeRequestsTests
{
    private const string Form = "application/x-www-form-urlencoded";
    private const string Json = "application/json";

    /// <summary>Enough to reach every value of the largest enum.</summary>
    private const int Turns = 4;

    private static readonly MethodInfo[] Methods =
        typeof(StripeClient).GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly);

    internal static IEnumerable<string> MethodNames => Methods.Select(method => method.Name);

    public static TheoryData<string> Names() => [.. MethodNames];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task EveryParameterIsKnownToTheApi(string name)
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        foreach (var arguments in Enumerable.Range(0, Turns).Select(turn => new StripeArguments(turn, full: true)).Append(new StripeArguments(0, full: false)))
        {
            await Call(server.Client, name, arguments);

            var request = server.Requests[^1];
            var (operation, problem) = StripeDescription.Check(request);
            Assert.True(problem is null, $"{operation}: {problem}");
            Assert.Equal(arguments.IdempotencyKey, request.Headers["Idempotency-Key"].FirstOrDefault());
            Assert.Equal(request.Method == "POST", arguments.IdempotencyKey is not null);
            Assert.Equal(arguments.Account, request.Headers["Stripe-Account"].FirstOrDefault());
            var sent = $"{request.Path} {request.Query} {request.Body} {request.Headers["Idempotency-Key"]} {request.Headers["Stripe-Account"]}";
            Assert.All(arguments.Marks, mark => Assert.Contains(mark, sent, StringComparison.Ordinal));
        }

        Assert.Equal(Turns + 1, server.Requests.Count);
    }

    [Fact]
    public async Task EveryDescribedOperationIsUsed_AndNothingElse()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        foreach (var method in Methods) { await Call(server.Client, method.Name, new StripeArguments(0, full: true)); }

        Assert.Equal(StripeDescription.Operations.Order(), server.Requests.Select(request => StripeDescription.Check(request).Operation!).Order());
        Assert.Equal(StripeClient.ApiVersion, StripeDescription.Version);
    }

    [Theory]
    [InlineData("POST", "/v1/payment_intents", Form, "amuont=500&currency=usd", "[amuont] is not known.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=500&currency=usd&payment_method_types[0]=card", "[payment_method_types] is not known.")]
    [InlineData("POST", "/v1/payment_intents", Form, "currency=usd", "[amount] is missing.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5.00&currency=usd", "[amount] is \"5.00\" and not of type integer.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5&currency=usd&confirm=yes", "[confirm] is \"yes\" and not of type boolean.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5&currency=usd&setup_future_usage=often", "[setup_future_usage] is often, which is none of the values.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5&currency=usd&allowed_payment_method_types=card", "[allowed_payment_method_types] is no list.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5&currency=usd&allowed_payment_method_types[1]=card", "[allowed_payment_method_types] is no list.")]
    [InlineData("POST", "/v1/payment_intents", Form, "amount=5&currency=usd&metadata[a][b]=c", "[metadata][a] is {\"b\":\"c\"} and not of type string.")]
    [InlineData("POST", "/v1/disputes/dp_1", Form, "evidence[product_descriptoin]=x", "[evidence][product_descriptoin] is not known.")]
    [InlineData("POST", "/v1/refunds", Form, "reason=expired_uncaptured_charge", "[reason] is expired_uncaptured_charge, which is none of the values.")]
    [InlineData("POST", "/v1/refunds", Json, "{}", "The body is application/json and not application/x-www-form-urlencoded.")]
    [InlineData("POST", "/v1/refunds/", Form, "", "POST /v1/refunds/ is not known.")]
    [InlineData("PUT", "/v1/refunds", Form, "", "PUT /v1/refunds is not known.")]
    [InlineData("POST", "/v2/core/accounts", Json, """{"dashbord":"express"}""", "[dashbord] is not known.")]
    [InlineData("POST", "/v2/core/accounts", Json, """{"dashboard":"small"}""", "[dashboard] is small, which is none of the values.")]
    [InlineData("POST", "/v2/core/accounts", Json, """{"configuration":{"recipient":{"capabilities":{"stripe_transfers":{}}}}}""", "[configuration][recipient][capabilities][stripe_transfers] is not known.")]
    [InlineData("POST", "/v2/core/accounts", Json, """{"configuration":{"recipient":{"capabilities":{"stripe_balance":{"stripe_transfers":{"requested":"yes"}}}}}}""", "[configuration][recipient][capabilities][stripe_balance][stripe_transfers][requested] is \"yes\" and not of type boolean.")]
    [InlineData("POST", "/v2/core/account_links", Json, """{"account":"acct_1","use_case":{"type":"account_update","account_update":{"return_url":"x"}}}""", "[use_case][account_update][refresh_url] is missing.")]
    public void MistakeIsFound(string method, string path, string type, string body, string problem) =>
        Assert.Equal(problem, StripeDescription.Check(new SeenRequest(method, path, "", new HeaderDictionary(), type, body)).Problem);

    [Fact]
    public async Task IdThatIsEmptyOrHasASlash_NamesNothingElse()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        await Assert.ThrowsAsync<ArgumentException>(() => server.Client.DeleteCustomerAsync(""));
        await server.Client.GetCustomerAsync("../charges?limit=1#");

        Assert.Equal("/v1/customers/..%2Fcharges%3Flimit%3D1%23", Assert.Single(server.Requests).Path);
    }

    [Fact]
    public async Task IdempotencyKeyThatIsEmptyOrTooLong_IsAMistakeOfOurs()
    {
        await using var server = await ScriptedStripe.StartAsync([new(200, "{}")]);

        await Assert.ThrowsAsync<ArgumentException>(() => server.Client.CloseDisputeAsync("dp_1", ""));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => server.Client.CloseDisputeAsync("dp_1", new string('k', 256)));

        Assert.Empty(server.Requests);
    }

    internal static async Task Call(StripeClient client, string name, StripeArguments arguments)
    {
        var method = Methods.Single(one => one.Name == name);
        await (Task)method.Invoke(client, arguments.For(method))!;
    }
}
