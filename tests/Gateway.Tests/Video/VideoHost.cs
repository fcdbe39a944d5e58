using System.Collections.Concurrent;
using LiveCommerce.Contracts.Accounts;
using LiveCommerce.Gateway.Accounts;
using LiveCommerce.Gateway.Video;
using LiveCommerce.Gateway.Video.Edges;
using LiveCommerce.Gateway.Video.Passes;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Tests.Video;

/// <summary>A real Kestrel on a loopback port with the video slice and real FFmpeg; rooms are a <see cref="StreamDesk"/>.</summary>
internal sealed class VideoHost : IAsyncDisposable
{
    private readonly WebApplication _app;

    private VideoHost(WebApplication app, StreamDesk desk, RoomDesk rooms, CapturedLog log, ConcurrentDictionary<string, int> asked)
    {
        _app = app;
        Asked = asked;
        Desk = desk;
        Rooms = rooms;
        Log = log;
        Address = new Uri(app.Urls.Single());
        Http = new HttpClient { BaseAddress = Address };
    }

    public StreamDesk Desk { get; }

    /// <summary>Whom rooms are for.</summary>
    public RoomDesk Rooms { get; }

    /// <summary>How often each address was asked for.</summary>
    public ConcurrentDictionary<string, int> Asked { get; }

    public CapturedLog Log { get; }

    public Uri Address { get; }

    public HttpClient Http { get; }

    public Broadcasts Broadcasts => _app.Services.GetRequiredService<Broadcasts>();

    public static Task<VideoHost> StartAsync(params (string Key, string Value)[] settings) => StartAsync(TimeProvider.System, settings);

    public static Task<VideoHost> StartAsync(TimeProvider time, params (string Key, string Value)[] settings) => StartAsync(time, null, settings);

    /// <summary>One of several gateways, which find each other through <paramref name="origins"/>.</summary>
    public static Task<VideoHost> StartAsync(Origins origins, string name, params (string Key, string Value)[] settings) =>
        StartAsync(TimeProvider.System, origins, name, settings);

    /// <summary>The same on a clock of the test.</summary>
    public static async Task<VideoHost> StartAsync(TimeProvider time, Origins origins, string name, params (string Key, string Value)[] settings)
    {
        var host = await StartAsync(time, origins, [("Edge:OriginUrl", $"http://{name}:80"), .. settings]);
        origins.Addresses[$"http://{name}:80"] = host.Address;
        return host;
    }

    private static async Task<VideoHost> StartAsync(TimeProvider time, Origins? origins, (string Key, string Value)[] settings)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var log = new CapturedLog();
        builder.Logging.ClearProviders().AddProvider(log).SetMinimumLevel(LogLevel.Debug);
        builder.Configuration.AddInMemoryCollection(
        [
            KeyValuePair.Create("Video:LowerRungsMax", (string?)"0"),

            // FFmpeg steps back behind the tests, of which several run: what it may take is not what they are about.
            KeyValuePair.Create("Video:EncoderStartSeconds", (string?)"90"),
            KeyValuePair.Create("Video:EncoderFinishSeconds", (string?)"20"),
        ]);
        if (ReferenceEquals(time, TimeProvider.System))
        {
            // Nor is a machine that stands still for some seconds. On a clock of its own a test has the usual times.
            builder.Configuration.AddInMemoryCollection(
            [
                KeyValuePair.Create("Video:LeaseSeconds", (string?)"60"), KeyValuePair.Create("Video:PublisherIdleSeconds", (string?)"120"),
                KeyValuePair.Create("Video:GraceSeconds", (string?)"120"), KeyValuePair.Create("Video:HelloSeconds", (string?)"60"),
                KeyValuePair.Create("Video:InstantStuckSeconds", (string?)"120"), KeyValuePair.Create("Video:Edge:AnswerSeconds", (string?)"60"),
                KeyValuePair.Create("Video:Edge:WaitSeconds", (string?)"60"),
            ]);
        }

        builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create($"Video:{setting.Key}", (string?)setting.Value)));
        var desk = new StreamDesk();
        builder.Services.AddSingleton(time);
        builder.Services.AddSingleton<IStreamDesk>(desk);
        builder.Services.AddSingleton<ICallerAccessor, HeaderCaller>();
        var rooms = new RoomDesk();
        builder.Services.AddSingleton<IRoomDesk>(rooms);
        builder.Services.AddSingleton<ISigner, TestSigner>();
        if (origins is not null)
        {
            builder.Configuration["Links:Secret"] = Origins.Secret;
            builder.Services.AddSingleton<IOriginDesk>(origins);
            if (origins.Recordings is { } recordings) { builder.Services.AddSingleton(recordings); }
        }

        builder.Services.AddResponseCompression();
        builder.Services.AddVideo();

        var app = builder.Build();
        var asked = new ConcurrentDictionary<string, int>(StringComparer.Ordinal);
        app.Use((context, next) =>
        {
            asked.AddOrUpdate(context.Request.Path + context.Request.QueryString.Value, 1, (_, count) => count + 1);
            return next(context);
        });
        app.UsePasses();
        app.UseRouting();

        // What is JSON may be compressed on its way between gateways, refusals too.
        app.UseResponseCompression();
        app.UseWebSockets();
        app.MapVideo();
        await app.StartAsync();
        return new VideoHost(app, desk, rooms, log, asked);
    }

    public T Get<T>()
        where T : notnull
        => _app.Services.GetRequiredService<T>();

    public static string NewId() => Guid.CreateVersion7().ToString("N");

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        Http.Dispose();
        await _app.DisposeAsync();
    }

    /// <summary>Who is asking stands in a header here; the gateway takes it from its authentication.</summary>
    private sealed class HeaderCaller : ICallerAccessor
    {
        public Caller? Of(HttpContext context) =>
            context.Request.Headers["X-Test-Caller"] is [{ } id] ? new Caller(new Person(id, id), PlatformRole.Member) : null;
    }
}
