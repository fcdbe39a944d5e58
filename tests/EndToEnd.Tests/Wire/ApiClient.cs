using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Contracts.Gifts;
using LiveCommerce.Contracts.Payments;

namespace LiveCommerce.EndToEnd.Tests.Wire;

/// <summary>Somebody who talks to the product over HTTP: a cookie jar, JSON, and an account once registered.</summary>
internal sealed class ApiClient : IDisposable
{
    public const string Password = "correct horse battery";

    /// <summary>How we write; what the wire demands of readers (every member that is not nullable) unnamed types cannot declare.</summary>
    public static readonly JsonSerializerOptions Spoken = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly HttpClientHandler _handler = new() { AllowAutoRedirect = false };
    private readonly HttpClient _http;

    public ApiClient(Uri address)
    {
        Address = address;
        _http = new HttpClient(_handler) { BaseAddress = address, Timeout = TimeSpan.FromSeconds(100) };
    }

    public Uri Address { get; }

    public string Id { get; private set; } = "";

    /// <summary>What proves the session; empty for a guest.</summary>
    public string Cookie => _handler.CookieContainer.GetCookieHeader(Address);

    /// <summary>A new account, signed in.</summary>
    public async Task<ApiClient> RegisterAsync(string name)
    {
        Id = (await PostAsync<Me>("/api/account/register", new { name, password = Password })).Person.Id;
        return this;
    }

    public async Task SignInAsync(string name, string password) =>
        Id = (await PostAsync<Me>("/api/account/sign-in", new { name, password })).Person.Id;

    /// <summary>Buys coins with the sandbox's first card.</summary>
    public async Task TopUpAsync(long coins)
    {
        var offer = await GetAsync<TopUpOffer>("/api/wallet/offer");
        var bought = await PostAsync<TopUpView>(
            "/api/wallet/top-ups", new StartTopUp(PackId: null, coins, offer.TestCards[0].PaymentMethod, "/wallet"), Guid.CreateVersion7());
        Assert.Equal(TopUpState.Credited, bought.State);
    }

    public Task<GiftReceipt> GiveAsync(string roomId, GiftItem gift, Guid key, int quantity = 1) =>
        PostAsync<GiftReceipt>($"/api/rooms/{roomId}/gifts", new { giftId = gift.GiftId, quantity, unitPrice = gift.Price }, key);

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, Guid? key = null, params (string Name, string Value)[] headers)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is string raw) { request.Content = new StringContent(raw, Encoding.UTF8, "application/json"); }
        else if (body is HttpContent content) { request.Content = content; }
        else if (body is not null) { request.Content = JsonContent.Create(body, body.GetType(), options: Spoken); }
        if (key is { } value) { request.Headers.Add("Idempotency-Key", value.ToString()); }
        foreach (var (name, text) in headers) { request.Headers.Add(name, text); }
        return _http.SendAsync(request);
    }

    /// <summary>Posts a body that may break off.</summary>
    public Task<HttpResponseMessage> SendAsync(string path, HttpContent content, Guid key, CancellationToken cancellationToken)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = content };
        request.Headers.Add("Idempotency-Key", key.ToString());
        return _http.SendAsync(request, cancellationToken);
    }

    /// <summary>The answer as it came.</summary>
    public Task<string> TextAsync(string path) => _http.GetStringAsync(new Uri(path, UriKind.Relative));

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await SendAsync(HttpMethod.Get, path));

    public async Task<T> PostAsync<T>(string path, object? body = null, Guid? key = null) =>
        await ReadAsync<T>(await SendAsync(HttpMethod.Post, path, body, key));

    public async Task DoneAsync(HttpMethod method, string path, object? body = null)
    {
        using var response = await SendAsync(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync());
    }

    /// <summary>Sends what must be refused, by this status and this code.</summary>
    public async Task<Refusal> RefusedAsync(
        HttpStatusCode status, RefusalCode code, HttpMethod method, string path, object? body = null, Guid? key = null, params (string Name, string Value)[] headers)
    {
        using var response = await SendAsync(method, path, body, key, headers);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        var refusal = JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!;
        Assert.Equal(code, refusal.Code);
        Assert.NotEmpty(refusal.Message);
        return refusal;
    }

    public void Dispose() => _http.Dispose();

    private static async Task<T> ReadAsync<T>(HttpResponseMessage response)
    {
        using (response)
        {
            var text = await response.Content.ReadAsStringAsync();
            Assert.True(response.IsSuccessStatusCode, $"{response.RequestMessage!.RequestUri}: {(int)response.StatusCode} {text}");
            return JsonSerializer.Deserialize<T>(text, WireJson.Options)!;
        }
    }

    private sealed record Me(Person Person);
}
