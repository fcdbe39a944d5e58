using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Gateway.Payments;
using LiveCommerce.Gateway.Tests.Running;

namespace LiveCommerce.Gateway.Tests.Payments;

public sealed class WebhookSignatureTests
{
    private const string Secret = "whsec_test";
    private static readonly DateTimeOffset Now = DateTimeOffset.FromUnixTimeSeconds(1_800_000_000);
    private static readonly byte[] Body = "{}"u8.ToArray();

    /// <summary>Made with the provider's official SDK.</summary>
    public static TheoryData<string> Vectors => [.. Read().Select(vector => vector.GetProperty("name").GetString()!)];

    [Theory]
    [MemberData(nameof(Vectors))]
    public void SignatureIsJudgedAsTheOfficialSdkDoes(string name)
    {
        var vector = Read().Single(candidate => candidate.GetProperty("name").GetString() == name);

        var valid = WebhookSignature.IsValid(
            vector.GetProperty("header").GetString(),
            Convert.FromBase64String(vector.GetProperty("payload_base64").GetString()!),
            [vector.GetProperty("secret").GetString()!],
            DateTimeOffset.FromUnixTimeSeconds(vector.GetProperty("now").GetInt64()),
            TimeSpan.FromSeconds(vector.GetProperty("tolerance").GetInt64()));

        Assert.Equal(vector.GetProperty("expect").GetString() == "accept", valid);
    }

    [Theory]
    [InlineData("t={t},v1={v1}", true)]
    [InlineData(" t = {t} , v1 = {v1} ", true)]
    [InlineData("t={t},nonsense,v1={v1}", true)]
    [InlineData("t={t},v1={V1}", true)]
    [InlineData("v1={v1},t={t}", true)]
    [InlineData("t={t},t={t},v1={v1}", false)]
    [InlineData("t=0{t},v1={v1}", false)]
    [InlineData("t=-1,v1={v1}", false)]
    [InlineData("t=99999999999999999999,v1={v1}", false)]
    [InlineData("t={t}", false)]
    [InlineData("", false)]
    [InlineData(null, false)]
    public void HeaderIsReadByTheRules(string? header, bool valid)
    {
        header = header?.Replace("{t}", Seconds(Now)).Replace("{v1}", Sign(Now)).Replace("{V1}", Sign(Now).ToUpperInvariant());

        Assert.Equal(valid, WebhookSignature.IsValid(header, Body, [Secret], Now, TimeSpan.FromSeconds(300)));
    }

    [Theory]
    [InlineData(300, true)]
    [InlineData(-300, true)]
    [InlineData(301, false)]
    [InlineData(-301, false)]
    public void TimeMayBeOffByTheTolerance(int seconds, bool valid)
    {
        var then = Now.AddSeconds(seconds);

        Assert.Equal(valid, WebhookSignature.IsValid($"t={Seconds(then)},v1={Sign(then)}", Body, [Secret], Now, TimeSpan.FromSeconds(300)));
    }

    [Fact]
    public void AnyOfTheSecretsMayHaveSigned() =>
        Assert.True(WebhookSignature.IsValid($"t={Seconds(Now)},v1={Sign(Now)}", Body, ["whsec_other", Secret], Now, TimeSpan.FromSeconds(300)));

    [Fact]
    public void WithoutASecretNothingIsValid() =>
        Assert.False(WebhookSignature.IsValid($"t={Seconds(Now)},v1={Sign(Now)}", Body, [], Now, TimeSpan.FromSeconds(300)));

    private static string Seconds(DateTimeOffset time) => time.ToUnixTimeSeconds().ToString();

    private static string Sign(DateTimeOffset time) => Convert.ToHexStringLower(
        HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes($"{Seconds(time)}.{Encoding.UTF8.GetString(Body)}")));

    private static List<JsonElement> Read()
    {
        using var file = typeof(WebhookSignatureTests).Assembly.GetManifestResourceStream("webhook-vectors.json")!;
        using var document = JsonDocument.Parse(file);
        return [.. document.RootElement.GetProperty("vectors").Clone().EnumerateArray()];
    }
}

public sealed class WebhookEndpointTests(SharedServer shared) : IClassFixture<SharedServer>
{
    private readonly TestServer _server = shared.Server;

    [Fact]
    public async Task SignedEvent_IsStoredOnceAndAcknowledgedAgain()
    {
        var body = $$"""{"id":"evt_{{Guid.CreateVersion7():N}}","object":"event","type":"customer.created","data":null}""";

        Assert.Equal((HttpStatusCode.OK, true), await DeliverAsync(body));
        Assert.Equal((HttpStatusCode.OK, false), await DeliverAsync(body));
    }

    [Fact]
    public async Task EventThatNobodySigned_IsRefused()
    {
        using var stranger = _server.NewVisitor();
        var refusal = await stranger.RefusedAsync(
            HttpStatusCode.BadRequest, HttpMethod.Post, "/api/payments/webhook", """{"id":"evt_1","type":"payment_intent.succeeded"}""");

        Assert.Equal(RefusalCode.SignatureInvalid, refusal.Code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("not json")]
    [InlineData("""{"id":5,"type":"x"}""")]
    [InlineData("""{"id":"evt_1"}""")]
    public async Task SignedBodyThatIsNoEvent_IsMalformed(string body) =>
        Assert.Equal(HttpStatusCode.BadRequest, (await DeliverAsync(body)).Status);

    [Fact]
    public async Task EventOfMoreThanAMebibyte_IsTooLarge() =>
        Assert.Equal(HttpStatusCode.RequestEntityTooLarge, (await DeliverAsync(new string(' ', 1_048_577))).Status);

    [Fact]
    public async Task EventLargerThanOtherBodiesMayBe_IsTaken()
    {
        var body = $$"""{"id":"evt_{{Guid.CreateVersion7():N}}","type":"customer.created","data":"{{new string('x', 500_000)}}"}""";

        Assert.Equal(HttpStatusCode.OK, (await DeliverAsync(body)).Status);
    }

    private async Task<(HttpStatusCode Status, bool? IsNew)> DeliverAsync(string body)
    {
        using var provider = _server.NewVisitor();
        var time = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds().ToString();
        var signature = Convert.ToHexStringLower(
            HMACSHA256.HashData(Encoding.UTF8.GetBytes(TestServer.WebhookSecret), Encoding.UTF8.GetBytes($"{time}.{body}")));
        provider.Headers.Add("Stripe-Signature", $"t={time},v1={signature}");
        using var response = await provider.SendAsync(HttpMethod.Post, "/api/payments/webhook", body);
        var answer = await response.Content.ReadAsStringAsync();
        return (response.StatusCode, response.IsSuccessStatusCode ? JsonDocument.Parse(answer).RootElement.GetProperty("new").GetBoolean() : null);
    }
}
