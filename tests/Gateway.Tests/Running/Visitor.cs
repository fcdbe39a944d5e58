using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Rooms;
using LiveCommerce.Gateway.Accounts;

namespace LiveCommerce.Gateway.Tests.Running;

/// <summary>Somebody with a browser: cookies, JSON, and a name once registered.</summary>
internal sealed class Visitor : IDisposable
{
    private readonly HttpClientHandler _handler = new() { CookieContainer = new CookieContainer(), AllowAutoRedirect = false };
    private readonly HttpClient _http;

    public Visitor(Uri address)
    {
        Address = address;
        _http = new HttpClient(_handler) { BaseAddress = address };
    }

    public const string Password = "correct horse battery";

    public Uri Address { get; }

    public string Id { get; private set; } = "";

    public string Name { get; private set; } = "";

    public string? Cookie => _handler.CookieContainer.GetCookieHeader(Address) is { Length: > 0 } cookie ? cookie : null;

    public HttpRequestHeaders Headers => _http.DefaultRequestHeaders;

    /// <summary>A new account, signed in.</summary>
    public async Task<Visitor> RegisterAsync(string name)
    {
        var me = await PostAsync<Me>("/api/account/register", new { name, password = Password });
        (Id, Name) = (me.Person.Id, me.Person.Name);
        return this;
    }

    public async Task<Visitor> SignInAsync(string name, string password = Password)
    {
        var me = await PostAsync<Me>("/api/account/sign-in", new { name, password });
        (Id, Name) = (me.Person.Id, me.Person.Name);
        return this;
    }

    public async Task<RoomView> CreateRoomAsync(string title = "Evening sale") =>
        await PostAsync<RoomView>("/api/rooms", new { title, category = "talk" }, Guid.CreateVersion7());

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, string path, object? body = null, Guid? key = null)
    {
        var request = new HttpRequestMessage(method, path);
        if (body is string raw) { request.Content = new StringContent(raw, Encoding.UTF8, "application/json"); }
        else if (body is HttpContent content) { request.Content = content; }
        else if (body is not null) { request.Content = JsonContent.Create(body, body.GetType(), options: WireJson.Options); }
        if (key is { } value) { request.Headers.Add("Idempotency-Key", value.ToString()); }
        return _http.SendAsync(request);
    }

    public async Task<T> GetAsync<T>(string path) => await ReadAsync<T>(await SendAsync(HttpMethod.Get, path));

    public async Task<T> PostAsync<T>(string path, object? body = null, Guid? key = null) =>
        await ReadAsync<T>(await SendAsync(HttpMethod.Post, path, body, key));

    public async Task<T> PutAsync<T>(string path, object? body = null) => await ReadAsync<T>(await SendAsync(HttpMethod.Put, path, body));

    /// <summary>Sends what must be refused, with the HTTP status it must be refused with.</summary>
    public async Task<Refusal> RefusedAsync(HttpStatusCode status, HttpMethod method, string path, object? body = null, Guid? key = null)
    {
        using var response = await SendAsync(method, path, body, key);
        var text = await response.Content.ReadAsStringAsync();
        Assert.True(status == response.StatusCode, $"{method} {path}: {(int)response.StatusCode} {text}");
        return JsonSerializer.Deserialize<Refusal>(text, WireJson.Options)!;
    }

    public async Task DoneAsync(HttpMethod method, string path, object? body = null)
    {
        using var response = await SendAsync(method, path, body);
        Assert.True(response.StatusCode == HttpStatusCode.NoContent, await response.Content.ReadAsStringAsync());
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
}
