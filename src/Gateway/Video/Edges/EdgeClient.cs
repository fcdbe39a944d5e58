using System.Net;
using System.Net.Http.Headers;
using LiveCommerce.Actors.Links;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Asks other gateways: with the cluster's secret, over connections that are kept, for a bounded time and a bounded number of bytes.</summary>
internal sealed class EdgeClient : IDisposable
{
    private readonly HttpClient _http;
    private readonly EdgeOptions _options;
    private readonly LinkOptions _links;
    private readonly EdgeMetrics _metrics;
    private readonly TimeProvider _time;

    public EdgeClient(IOptions<VideoOptions> options, IOptions<LinkOptions> links, EdgeMetrics metrics, TimeProvider time)
    {
        (_options, _links, _metrics, _time) = (options.Value.Edge, links.Value, metrics, time);
        _http = new HttpClient(new SocketsHttpHandler
        {
            MaxConnectionsPerServer = _options.ConnectionsMax,
            ConnectTimeout = TimeSpan.FromSeconds(_options.AnswerSeconds),
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            AutomaticDecompression = DecompressionMethods.None,
            AllowAutoRedirect = false,
            UseCookies = false,
            UseProxy = false,
        })
        {
            // Each request has its own.
            Timeout = Timeout.InfiniteTimeSpan,
        };
    }

    /// <summary>One thing of a broadcast, whole.</summary>
    /// <returns>Null: the gateway did not answer, or not in time, or with too much.</returns>
    public async Task<EdgeAnswer?> GetAsync(Uri origin, string streamId, EdgeFile file, CancellationToken cancellationToken)
    {
        _metrics.Fetched(file.Kind.ToString());
        using var late = new CancellationTokenSource(TimeSpan.FromSeconds(file.MayWait ? _options.WaitSeconds : _options.AnswerSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var request = Request(origin, $"{EdgeEndpoints.Prefix}/live/{streamId}/{file.Path}");
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
            using var response = await _http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            var body = await ReadAsync(response.Content, either.Token);
            return Answer(response, body, file);
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _metrics.Failed();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();

    private HttpRequestMessage Request(Uri origin, string path)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(origin, path));
        request.Headers.TryAddWithoutValidation("Authorization", LinkCredential.Of(_links));
        return request;
    }

    private EdgeAnswer Answer(HttpResponseMessage response, byte[] body, EdgeFile file)
    {
        // Another process that does not know our secret says nothing of the broadcast.
        if (response.StatusCode == HttpStatusCode.Unauthorized) { throw new HttpRequestException("The gateway does not know this cluster's secret."); }

        _metrics.Took(body.Length);
        var zipped = response.Content.Headers.ContentEncoding.Contains("gzip");
        return new EdgeAnswer
        {
            Status = (int)response.StatusCode,
            ContentType = response.Content.Headers.ContentType?.ToString() ?? "",
            CacheControl = response.Headers.TryGetValues("Cache-Control", out var cache) ? string.Join(", ", cache) : "",
            RetryAfter = response.Headers.RetryAfter?.ToString(),
            Playlist = zipped ? PlaylistBytes.OfZipped(body) : null,
            Body = zipped ? default(ReadOnlyMemory<byte>) : body,
            TakesRanges = response.Headers.AcceptRanges.Contains("bytes"),
            IsGone = response.Headers.Contains(EdgeEndpoints.GoneHeader),
            HoldFor = response.StatusCode == HttpStatusCode.OK ? file.HoldFor(_options) : TimeSpan.Zero,
        };
    }

    private async Task<byte[]> ReadAsync(HttpContent content, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        if (content.Headers.ContentLength > _options.ThingBytesMax) { throw new HttpRequestException("The gateway's answer is too large."); }
        if (content.Headers.ContentLength is { } length)
        {
            var whole = new byte[length];
            await stream.ReadExactlyAsync(whole, cancellationToken);
            return whole;
        }

        using var grown = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (await stream.ReadAsync(piece, cancellationToken) is > 0 and var count)
        {
            grown.Write(piece, 0, count);
            if (grown.Length > _options.ThingBytesMax) { throw new HttpRequestException("The gateway's answer is too large."); }
        }

        return grown.ToArray();
    }
}
