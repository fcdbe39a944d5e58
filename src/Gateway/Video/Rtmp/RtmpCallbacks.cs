using LiveCommerce.Contracts.Video;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>
/// Where our nginx asks about publishers: a web server of its own on a Unix socket in a folder that only this user can open. The
/// product's public port knows nothing of it, behind whatever proxy it is.
/// </summary>
internal sealed partial class RtmpCallbacks : IAsyncDisposable
{
    private const int BodyBytesMax = 32 * 1024;
    private const int ConnectionsMax = 128;
    private const int FieldsMax = 64;

    private readonly WebApplication _app;
    private readonly RtmpPublishers _publishers;
    private readonly Func<NginxRun?> _run;
    private readonly ILogger _logger;

    private RtmpCallbacks(WebApplication app, RtmpPublishers publishers, Func<NginxRun?> run, ILogger logger)
    {
        (_app, _publishers, _run, _logger) = (app, publishers, run, logger);
        app.Run(AnswerAsync);
    }

    /// <summary>Begins to listen.</summary>
    /// <param name="socket">Full path; a file that is left there goes away.</param>
    /// <param name="run">The nginx that runs now: only that one is answered.</param>
    public static async Task<RtmpCallbacks> StartAsync(string socket, RtmpPublishers publishers, Func<NginxRun?> run, ILogger logger)
    {
        File.Delete(socket);

        // Empty: no configuration, no environment, no log of its own that could hold a key.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenUnixSocket(socket);
            kestrel.Limits.MaxRequestBodySize = BodyBytesMax;
            kestrel.Limits.MaxConcurrentConnections = ConnectionsMax;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(5);
            kestrel.AddServerHeader = false;
        });
        var callbacks = new RtmpCallbacks(builder.Build(), publishers, run, logger);
        await callbacks._app.StartAsync();
        return callbacks;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync();
        await _app.DisposeAsync();
    }

    private async Task AnswerAsync(HttpContext context)
    {
        context.Response.StatusCode = StatusCodes.Status403Forbidden;
        if (_run() is not { } run || !HttpMethods.IsPost(context.Request.Method)) { return; }
        try
        {
            if (context.Request.Path == $"/{run.Secret}/publish") { await PublishAsync(context, run); }
            else if (context.Request.Path == $"/{run.Secret}/done")
            {
                if (await ClientAsync(context) is { } client) { _publishers.Done(run, client.Client.Id); }
                context.Response.StatusCode = StatusCodes.Status204NoContent;
            }
        }
        catch (Exception failure)
        {
            Log.Failed(_logger, failure);
            context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        }
    }

    private async Task PublishAsync(HttpContext context, NginxRun run)
    {
        if (await ClientAsync(context) is not var (client, key)) { return; }

        // nginx gives up after that time; a session that began all the same ends when no stream appears.
        if (await _publishers.AskAsync(run, client, key).WaitAsync(TimeSpan.FromSeconds(NginxConfiguration.AnswerSeconds)) is not { } name) { return; }

        // This renames the stream: the key is nobody's to play.
        context.Response.StatusCode = StatusCodes.Status302Found;
        context.Response.Headers.Location = name;
    }

    /// <summary>Who asks, and what it calls its stream. Null: what came is not what our nginx sends.</summary>
    private static async Task<(RtmpClient Client, string Key)?> ClientAsync(HttpContext context)
    {
        context.Features.Set<IFormFeature>(new FormFeature(context.Request, new FormOptions
        {
            ValueCountLimit = FieldsMax, ValueLengthLimit = BodyBytesMax, BufferBodyLengthLimit = BodyBytesMax,
        }));
        IFormCollection form;
        try { form = await context.Request.ReadFormAsync(context.RequestAborted); }
        catch (Exception unreadable) when (unreadable is InvalidDataException or BadHttpRequestException) { return null; }

        // What an encoder writes behind a question mark comes as further fields: one that repeats ours is a trick.
        return form["clientid"] is [{ Length: > 0 and <= 20 } id] && form["addr"] is [{ } address] && form["name"] is [{ Length: <= StreamKey.LengthMax } key]
            ? (new RtmpClient(id, Shown(address)), key)
            : null;
    }

    private static string Shown(string address) => new([.. address.Where(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or ':').Take(45)]);

    private static partial class Log
    {
        [LoggerMessage(EventId = 3621, Level = LogLevel.Error, Message = "Answering a question about an encoder failed")]
        public static partial void Failed(ILogger logger, Exception failure);
    }
}
