using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using LiveCommerce.Actors.Links;
using LiveCommerce.Contracts;
using LiveCommerce.Contracts.Recordings;
using LiveCommerce.Gateway.Video.Streams;
using Microsoft.Extensions.Options;

namespace LiveCommerce.Gateway.Video.Edges;

/// <summary>Asks other gateways: with the cluster's secret, over connections that are kept, for a bounded time and a bounded number of bytes.</summary>
internal sealed class EdgeClient : IDisposable
{
    /// <summary>For a clip: FFmpeg copies a minute of media.</summary>
    private static readonly TimeSpan ClipPatience = TimeSpan.FromSeconds(60);

    /// <summary>Bytes of a file that are in memory while it is passed through.</summary>
    internal const int PieceBytes = 128 * 1024;

    private readonly HttpClient _quick;
    private readonly HttpClient _hanging;
    private readonly EdgeOptions _options;
    private readonly LinkOptions _links;
    private readonly EdgeReach _reach;
    private readonly EdgeMetrics _metrics;
    private readonly TimeProvider _time;
    private long _fetching;

    public EdgeClient(IOptions<VideoOptions> options, IOptions<LinkOptions> links, EdgeReach reach, EdgeMetrics metrics, TimeProvider time)
    {
        (_options, _links, _reach, _metrics, _time) = (options.Value.Edge, links.Value, reach, metrics, time);

        // Apart: requests that wait for a part must not have those in line behind them that are answered at once.
        _quick = Client(_options.ConnectionsMax);
        _hanging = Client(EdgeLimits.ShareOf(_options.HangingMax));
    }

    /// <summary>One thing of a broadcast, whole.</summary>
    /// <param name="waitMax">For what may come later.</param>
    /// <returns>
    /// An answer, or that too much is on its way already, or that there was less time than a wait may take and it was over. Null: the gateway
    /// did not answer, or not in time, or with too much.
    /// </returns>
    public async Task<EdgeOutcome?> GetAsync(Uri origin, string streamId, EdgeFile file, TimeSpan waitMax, CancellationToken cancellationToken)
    {
        var asked = _time.GetTimestamp();
        _metrics.Fetched(file.Kind.ToString());
        using var late = new CancellationTokenSource(file.MayWait ? waitMax : TimeSpan.FromSeconds(_options.AnswerSeconds), _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        using var space = new Space(this);
        var isHeard = false;
        try
        {
            using var request = Request(HttpMethod.Get, origin, $"{EdgeEndpoints.Prefix}/live/{streamId}/{file.Path}");
            request.Headers.AcceptEncoding.Add(new StringWithQualityHeaderValue("gzip"));
            using var response = await (file.MayWait ? _hanging : _quick).SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            isHeard = true;
            return await ReadAsync(response.Content, space, either.Token) is { } body ? new EdgeOutcome(Answer(response, body, file, asked), null) : EdgeOutcome.Busy;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _metrics.Failed();

            // Not after a wait for a part: that may be as long in a healthy gateway.
            var hung = (late.IsCancellationRequested && !file.MayWait) || failure is OperationCanceledException { InnerException: TimeoutException };
            if (hung && !isHeard) { _reach.TimedOut(origin); }

            // Whoever was given less than the time of a wait is not silent for that.
            return late.IsCancellationRequested && file.MayWait && waitMax < TimeSpan.FromSeconds(_options.WaitSeconds) ? EdgeOutcome.OutOfReach : null;
        }
    }

    /// <summary>A file of a recording, from a place on, read piece by piece.</summary>
    /// <param name="length">How much of it; null: to its end.</param>
    /// <param name="space">That of the piece that was read before, as <see cref="EdgeBody.Leave"/> gave it; null: some is taken.</param>
    /// <returns>It, or that it is not there, that there is no space for it now, or that the gateway does not answer.</returns>
    public async Task<Result<EdgeBody>> OpenAsync(Uri origin, string path, long offset, long? length, IDisposable? space, CancellationToken cancellationToken)
    {
        if (space is null)
        {
            // What is read piece by piece has a piece in memory.
            var taken = new Space(this);
            if (!taken.TryTake(Math.Min(length ?? PieceBytes, PieceBytes))) { return EdgeRefusals.Busy; }
            space = taken;
        }

        _metrics.Fetched("File");
        var patience = TimeSpan.FromSeconds(_options.AnswerSeconds);
        using var late = new CancellationTokenSource(patience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        HttpResponseMessage? response = null;
        try
        {
            using var request = Request(HttpMethod.Get, origin, path);
            request.Headers.Range = new RangeHeaderValue(offset, length is { } count ? offset + count - 1 : null);
            response = await _quick.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.PartialContent && response.Content.Headers.ContentRange is { Length: { } total, From: { } from } && from == offset)
            {
                _metrics.Took(response.Content.Headers.ContentLength ?? 0);
                var body = new EdgeBody(response, await response.Content.ReadAsStreamAsync(either.Token), total, patience, _time, space);
                (response, space) = (null, null);
                return body;
            }

            return response.StatusCode is HttpStatusCode.NotFound or HttpStatusCode.RequestedRangeNotSatisfiable ? EdgeRefusals.Missing : EdgeRefusals.NotAnswering;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _metrics.Failed();
            return EdgeRefusals.NotAnswering;
        }
        finally
        {
            response?.Dispose();
            space?.Dispose();
        }
    }

    /// <summary>Some bytes of a file of a recording; fewer only at its end.</summary>
    /// <returns>They, or that it is not there, that there is no space for it now, or that the gateway does not answer.</returns>
    public async Task<Result<byte[]>> ReadFileAsync(Uri origin, string path, long offset, int length, CancellationToken cancellationToken)
    {
        var opened = await OpenAsync(origin, path, offset, length, null, cancellationToken);
        if (!opened.Ok) { return opened.Refusal; }

        using var body = opened.Value;
        using var space = new Space(this);
        if (!space.TryTake(Math.Min(length, body.Total - offset))) { return EdgeRefusals.Busy; }
        var bytes = new byte[Math.Min(length, body.Total - offset)];
        try { return bytes.AsSpan(0, await body.ReadAsync(bytes, cancellationToken)).ToArray(); }
        catch (Exception failure) when (failure is HttpRequestException or IOException)
        {
            _metrics.Failed();
            return EdgeRefusals.NotAnswering;
        }
    }

    /// <summary>Has a clip made. Null: the gateway does not answer.</summary>
    public async Task<Result<ClipView>?> OrderAsync(Uri origin, EdgeClipOrder order, CancellationToken cancellationToken)
    {
        _metrics.Fetched("Clip");
        using var late = new CancellationTokenSource(ClipPatience, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(late.Token, cancellationToken);
        try
        {
            using var request = Request(HttpMethod.Post, origin, EdgeEndpoints.ClipsPath);
            request.Content = JsonContent.Create(order, options: LinkJson.Options);
            using var response = await _quick.SendAsync(request, either.Token);
            return response.IsSuccessStatusCode ? await response.Content.ReadFromJsonAsync<Result<ClipView>>(LinkJson.Options, either.Token) : null;
        }
        catch (Exception failure) when (failure is HttpRequestException or IOException or JsonException || (failure is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            _metrics.Failed();
            return null;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _quick.Dispose();
        _hanging.Dispose();
    }

    private HttpClient Client(int connectionsMax) => new(new SocketsHttpHandler
    {
        MaxConnectionsPerServer = connectionsMax,
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

    private HttpRequestMessage Request(HttpMethod method, Uri origin, string path)
    {
        var request = new HttpRequestMessage(method, new Uri(origin, path));
        request.Headers.TryAddWithoutValidation("Authorization", LinkCredential.Of(_links));
        return request;
    }

    private EdgeAnswer Answer(HttpResponseMessage response, byte[] body, EdgeFile file, long asked)
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
            Body = zipped ? [] : body,
            TakesRanges = response.Headers.AcceptRanges.Contains("bytes"),
            IsGone = response.Headers.Contains(EdgeEndpoints.GoneHeader),
            IsReplay = response.Headers.Contains(EdgeEndpoints.ReplayHeader),
            IsLive = response.Headers.Contains(EdgeEndpoints.LiveHeader),
            AskedAt = asked,
            IsRecorded = response.Headers.Contains(EdgeEndpoints.RecordedHeader),

            // What no cache may keep is shared by those who ask at once, and asked for again by the next: it may be taken down meanwhile.
            HoldFor = response.StatusCode == HttpStatusCode.OK && response.Headers.CacheControl is not ({ Private: true } or { NoStore: true })
                ? file.HoldFor(_options)
                : TimeSpan.Zero,
        };
    }

    /// <summary>Null: there is no space for it.</summary>
    private async Task<byte[]?> ReadAsync(HttpContent content, Space space, CancellationToken cancellationToken)
    {
        await using var stream = await content.ReadAsStreamAsync(cancellationToken);
        if (content.Headers.ContentLength > _options.ThingBytesMax) { throw new HttpRequestException("The gateway's answer is too large."); }
        if (content.Headers.ContentLength is { } length)
        {
            if (!space.TryTake(length)) { return null; }
            var whole = new byte[length];
            await stream.ReadExactlyAsync(whole, cancellationToken);
            return whole;
        }

        using var grown = new MemoryStream();
        var piece = new byte[16 * 1024];
        while (await stream.ReadAsync(piece, cancellationToken) is > 0 and var count)
        {
            if (grown.Length + count > _options.ThingBytesMax) { throw new HttpRequestException("The gateway's answer is too large."); }
            if (!space.TryTake(count)) { return null; }
            grown.Write(piece, 0, count);
        }

        return grown.ToArray();
    }

    /// <summary>Bytes of one fetch that are counted until it ends.</summary>
    private sealed class Space(EdgeClient client) : IDisposable
    {
        private long _taken;

        /// <summary>Whether there is space for so many more.</summary>
        public bool TryTake(long bytes)
        {
            if (Interlocked.Add(ref client._fetching, bytes) > client._options.FetchBytesMax)
            {
                Interlocked.Add(ref client._fetching, -bytes);
                return false;
            }

            _taken += bytes;
            return true;
        }

        public void Dispose() => Interlocked.Add(ref client._fetching, -Interlocked.Exchange(ref _taken, 0));
    }
}
