using System.Net.Sockets;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Talks to our nginx over its socket: who publishes, and away with it.</summary>
internal sealed class NginxControl : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly HttpClient _http;

    /// <summary>Connects when first asked.</summary>
    /// <param name="socket">Full path.</param>
    public NginxControl(string socket)
    {
        var handler = new SocketsHttpHandler
        {
            UseProxy = false,
            AllowAutoRedirect = false,
            MaxConnectionsPerServer = 8,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancellationToken);
                    return new NetworkStream(connection, ownsSocket: true);
                }
                catch
                {
                    connection.Dispose();
                    throw;
                }
            },
        };
        _http = new HttpClient(handler) { BaseAddress = new Uri("http://nginx"), Timeout = Patience, MaxResponseContentBufferSize = RtmpStat.BytesMax };
    }

    /// <summary>What is published now; null: nginx does not answer.</summary>
    public async Task<IReadOnlyList<RtmpStream>?> StreamsAsync(CancellationToken cancellationToken)
    {
        try { return RtmpStat.Parse(await _http.GetStringAsync("/stat", cancellationToken)); }
        catch (Exception silent) when (silent is HttpRequestException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested)) { return null; }
    }

    /// <summary>Ends every connection of a stream: its encoder's, and that of the FFmpeg that fetches it.</summary>
    /// <param name="name">The name that we gave its stream.</param>
    /// <returns>False: nginx does not answer, or knows no such stream (any more).</returns>
    public async Task<bool> DropAsync(string name, CancellationToken cancellationToken)
    {
        try
        {
            using var answer = await _http.GetAsync($"/control/drop/client?app={NginxConfiguration.Application}&name={name}", cancellationToken);
            return answer.IsSuccessStatusCode;
        }
        catch (Exception silent) when (silent is HttpRequestException || (silent is OperationCanceledException && !cancellationToken.IsCancellationRequested)) { return false; }
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
