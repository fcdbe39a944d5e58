using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.DependencyInjection;

namespace LiveCommerce.Gateway.Rooms;

/// <summary>
/// Upgrades a request to a WebSocket whose writes take a <see cref="SocketLane"/>. Reading, the protocol and its end stay the
/// framework's. Only for connections whose bytes go to the socket as they are: not with TLS, and not with HTTP/2.
/// </summary>
internal sealed class LaneUpgrade : IHttpUpgradeFeature
{
    private readonly IHttpUpgradeFeature _server;
    private readonly Socket _socket;
    private readonly TimeProvider _time;

    private LaneUpgrade(IHttpUpgradeFeature server, Socket socket, TimeProvider time) => (_server, _socket, _time) = (server, socket, time);

    public bool IsUpgradableRequest => _server.IsUpgradableRequest;

    /// <summary>Once upgraded.</summary>
    public SocketLane? Lane { get; private set; }

    /// <summary>
    /// Whether what the socket is given is what the other side reads: no TLS of our own. The request's scheme does not tell; a trusted
    /// proxy has its say in that.
    /// </summary>
    public static bool IsPlain(HttpContext context) => context.Features.Get<ITlsHandshakeFeature>() is null;

    /// <summary>Puts it in front of the server's own upgrade, where that is possible.</summary>
    public static void Offer(HttpContext context)
    {
        if (!IsPlain(context) || context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } server) { return; }
        if (context.Features.Get<IConnectionSocketFeature>()?.Socket is { ProtocolType: ProtocolType.Tcp } socket)
        {
            context.Features.Set<IHttpUpgradeFeature>(new LaneUpgrade(server, socket, context.RequestServices.GetRequiredService<TimeProvider>()));

            // What the pipeline made of the server's upgrade is made anew of this one, by the hub's own pipeline.
            context.Features.Set<IHttpWebSocketFeature>(null);
        }
    }

    /// <summary>The lane of a request's connection; null when there is none.</summary>
    public static SocketLane? Of(HttpContext? context) => (context?.Features.Get<IHttpUpgradeFeature>() as LaneUpgrade)?.Lane;

    public async Task<Stream> UpgradeAsync()
    {
        var stream = await _server.UpgradeAsync();

        // The server's own writing ends with the answer to the upgrade, and the first frame from here follows the client's first.
        _socket.Blocking = false;
        Lane = new SocketLane(_socket, _time);
        return new LaneStream(stream, Lane);
    }

    private sealed class LaneStream(Stream server, SocketLane lane) : Stream
    {
        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => server.ReadAsync(buffer, cancellationToken);

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            server.ReadAsync(buffer, offset, count, cancellationToken);

        // A frame that was begun is written whole: half of one would end the connection anyway, and that ends the write.
        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => lane.WriteOfFrameworkAsync(buffer);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            lane.WriteOfFrameworkAsync(buffer.AsMemory(offset, count)).AsTask();

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            if (disposing) { server.Dispose(); }
            base.Dispose(disposing);
        }
    }
}
