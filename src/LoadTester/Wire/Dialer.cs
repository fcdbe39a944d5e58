using System.Net;
using System.Net.Sockets;

namespace LiveCommerce.LoadTester.Wire;

/// <summary>
/// Opens connections. A server bounds the connections, sign-ins and requests of one address; on this machine, viewers therefore come
/// from many addresses of the loopback network, as they would from many homes.
/// </summary>
internal sealed class Dialer : IDisposable
{
    /// <summary>Addresses used at most.</summary>
    public const int AddressesMax = 250;

    private static readonly TimeSpan ConnectPatience = TimeSpan.FromSeconds(15);

    private readonly HttpMessageInvoker[] _byAddress;

    public Dialer(Uri server)
    {
        // Linux and Windows answer for all of 127.0.0.0/8; elsewhere everybody comes from the one address.
        var many = server.IsLoopback && server.Host != "[::1]" && !OperatingSystem.IsMacOS();
        _byAddress = [.. Enumerable.Range(1, many ? AddressesMax : 1).Select(number => new HttpMessageInvoker(Handler(many ? number : null)))];
    }

    /// <summary>For a viewer or a sender.</summary>
    public HttpMessageInvoker For(int number) => _byAddress[number % _byAddress.Length];

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (var invoker in _byAddress) { invoker.Dispose(); }
    }

    private static SocketsHttpHandler Handler(int? number) => new()
    {
        UseCookies = false,
        UseProxy = false,
        AllowAutoRedirect = false,
        ConnectTimeout = ConnectPatience,
        ConnectCallback = number is null ? null : (context, cancellationToken) => ConnectAsync(number.Value, context.DnsEndPoint.Port, cancellationToken),
    };

    private static async ValueTask<Stream> ConnectAsync(int number, int port, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            socket.Bind(new IPEndPoint(new IPAddress([127, 0, 1, (byte)number]), 0));
            await socket.ConnectAsync(new IPEndPoint(IPAddress.Loopback, port), cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
