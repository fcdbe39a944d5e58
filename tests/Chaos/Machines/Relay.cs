using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.Chaos.Machines;

/// <summary>Carries bytes of TCP connections to one address, and holds one direction back on demand: nothing is lost, nothing arrives.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private const int BufferBytes = 32 * 1024;
    private static readonly TimeSpan LookAgain = TimeSpan.FromMilliseconds(20);

    private readonly TcpListener _listener;
    private readonly CancellationTokenSource _over = new();
    private readonly (string Host, int Port) _far;
    private readonly Task _accepting;

    /// <summary>Listens at a free port of loopback.</summary>
    public Relay(string host, int port)
        : this(Listen(0), host, port)
    {
    }

    /// <summary>Carries what comes to a listener.</summary>
    public Relay(TcpListener listener, string host, int port)
    {
        (_listener, _far) = (listener, (host, port));
        Port = ((IPEndPoint)_listener.LocalEndpoint).Port;
        _accepting = AcceptAsync();
    }

    public int Port { get; }

    public bool HoldsRequests { get; set; }

    public bool HoldsAnswers { get; set; }

    /// <summary>A listener on loopback; 0: at a free port.</summary>
    public static TcpListener Listen(int port)
    {
        var listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        return listener;
    }

    public async ValueTask DisposeAsync()
    {
        await _over.CancelAsync();
        _listener.Stop();
        await _accepting;
        _over.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true) { _ = CarryAsync(await _listener.AcceptTcpClientAsync(_over.Token), _over.Token); }
        }
        catch (Exception end) when (end is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The relay is given up.
        }
    }

    private async Task CarryAsync(TcpClient near, CancellationToken over)
    {
        using (near)
        {
            try
            {
                using var far = new TcpClient { NoDelay = true };
                near.NoDelay = true;
                while (HoldsRequests) { await Task.Delay(LookAgain, TimeProvider.System, over); }
                await far.ConnectAsync(_far.Host, _far.Port, over);
                using var ended = CancellationTokenSource.CreateLinkedTokenSource(over);
                var both = new[] { CopyAsync(near, far, () => HoldsRequests, ended.Token), CopyAsync(far, near, () => HoldsAnswers, ended.Token) };
                await Task.WhenAny(both);
                await ended.CancelAsync();
                await Task.WhenAll(both);
            }
            catch (Exception end) when (end is IOException or SocketException or OperationCanceledException or ObjectDisposedException)
            {
                // One of the two sides is gone.
            }
        }
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to, Func<bool> holds, CancellationToken ended)
    {
        var buffer = new byte[BufferBytes];
        while (await from.GetStream().ReadAsync(buffer, ended) is > 0 and var count)
        {
            while (holds()) { await Task.Delay(LookAgain, TimeProvider.System, ended); }
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count), ended);
        }
    }
}
