using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using LiveCommerce.Contracts;

namespace LiveCommerce.Chaos.Load;

/// <summary>What came back: a status and a text, or nothing.</summary>
internal readonly record struct Answer(int Status, string Text)
{
    public bool Ok => Status is >= 200 and < 300;

    /// <summary>Nothing came, or nothing that says what has become of it.</summary>
    public bool IsUnknown => Status is 0 or >= 500;

    public T Read<T>() => JsonSerializer.Deserialize<T>(Text, WireJson.Options)!;
}

/// <summary>Somebody with an account, who goes to another gateway when one does not answer.</summary>
internal sealed class Person : IDisposable
{
    private const string Password = "correct horse battery";

    /// <summary>Shorter than the gateway's own patience: whoever gives up asks again elsewhere while the first try may still be under way.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(8);
    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(2);

    private static readonly JsonSerializerOptions Spoken = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase, allowIntegerValues: false) },
    };

    private readonly HttpClient _http = new(new SocketsHttpHandler { UseCookies = false, AllowAutoRedirect = false, ConnectTimeout = ConnectPatience }) { Timeout = Patience };
    private readonly IReadOnlyList<Uri> _gateways;
    private int _at;

    public Person(IReadOnlyList<Uri> gateways, int first) => (_gateways, _at) = (gateways, first);

    public string Id { get; private set; } = "";

    public string Cookie { get; private set; } = "";

    /// <summary>The gateway that it uses now.</summary>
    public Uri Gateway => _gateways[_at % _gateways.Count];

    /// <summary>Takes another one.</summary>
    public void GoElsewhere() => _at++;

    public async Task<Person> RegisterAsync(string name)
    {
        using var response = await SendRawAsync(HttpMethod.Post, "/api/account/register", new { name, password = Password }, null);
        var text = await response.Content.ReadAsStringAsync();
        if (!response.IsSuccessStatusCode) { throw new InvalidOperationException($"No account: {text}"); }
        Id = JsonSerializer.Deserialize<Me>(text, WireJson.Options)!.Person.Id;
        Cookie = string.Join("; ", response.Headers.GetValues("Set-Cookie").Select(one => one.Split(';')[0]));
        return this;
    }

    /// <summary>Asks once.</summary>
    public async Task<Answer> AskAsync(HttpMethod method, string path, object? body = null, Guid? key = null)
    {
        try
        {
            using var response = await SendRawAsync(method, path, body, key);
            return new Answer((int)response.StatusCode, await response.Content.ReadAsStringAsync());
        }
        catch (Exception lost) when (lost is HttpRequestException or IOException or OperationCanceledException)
        {
            return default;
        }
    }

    /// <summary>Asks what must be answered while nothing is broken.</summary>
    public async Task<T> NeedAsync<T>(HttpMethod method, string path, object? body = null, Guid? key = null)
    {
        var answer = await AskAsync(method, path, body, key);
        return answer.Ok ? answer.Read<T>() : throw new InvalidOperationException($"{method} {path}: {answer.Status} {answer.Text}");
    }

    public void Dispose() => _http.Dispose();

    private Task<HttpResponseMessage> SendRawAsync(HttpMethod method, string path, object? body, Guid? key)
    {
        var request = new HttpRequestMessage(method, new Uri(Gateway, path));
        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        if (Cookie.Length > 0) { request.Headers.Add("Cookie", Cookie); }
        if (key is { } made) { request.Headers.Add("Idempotency-Key", made.ToString()); }
        if (body is not null) { request.Content = new StringContent(JsonSerializer.Serialize(body, body.GetType(), Spoken), Encoding.UTF8, "application/json"); }
        return _http.SendAsync(request);
    }

    private sealed record Me(Contracts.Accounts.Person Person);
}
