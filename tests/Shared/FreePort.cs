using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;

namespace LiveCommerce.Tests.Shared;

/// <summary>
/// Ports of loopback for servers that are told theirs. They lie below those that the kernel gives to outgoing connections: one of these
/// may be taken by any connection between the look and the server's start.
/// </summary>
internal static class FreePort
{
    private const int Lowest = 12_000;
    private const int HighestByDefault = 32_000;
    private static readonly int Highest = FirstOfKernel();

    /// <summary>One that nobody listens at. Drawn, so that other processes of the tests hardly ever take the same.</summary>
    public static int Next()
    {
        while (true)
        {
            var port = RandomNumberGenerator.GetInt32(Lowest, Highest);
            try
            {
                using var listener = new TcpListener(IPAddress.Loopback, port);
                listener.Start();
                return port;
            }
            catch (SocketException)
            {
                // Somebody has it: another.
            }
        }
    }

    private static int FirstOfKernel()
    {
        const string File = "/proc/sys/net/ipv4/ip_local_port_range";
        return System.IO.File.Exists(File)
            && int.TryParse(System.IO.File.ReadAllText(File).Split('\t')[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first) && first > Lowest + 1000
            ? first
            : HighestByDefault;
    }
}
