using System.Net.Sockets;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Gateway.Video.Instant;

/// <summary>What the kernel is told of a viewer's connection.</summary>
internal static class InstantKernel
{
    /// <summary>
    /// Bytes that the kernel takes before it has sent them. By itself it takes several megabytes, which at a slow viewer's speed
    /// are old pictures of half a minute that nobody can take back.
    /// </summary>
    private const int UnsentBytesMax = 128 * 1024;

    private const int Tcp = 6;
    private const int NotSentLowAt = 25;

    /// <summary>Bounds what waits in the kernel, where there is such a bound. Bytes on their way are not counted: a fast line stays fast.</summary>
    public static void KeepLittle(HttpContext context)
    {
        if (!OperatingSystem.IsLinux() || context.Features.Get<IConnectionSocketFeature>()?.Socket is not { ProtocolType: ProtocolType.Tcp } socket) { return; }
        try { socket.SetRawSocketOption(Tcp, NotSentLowAt, BitConverter.GetBytes(UnsentBytesMax)); }
        catch (Exception refused) when (refused is SocketException or ObjectDisposedException)
        {
            // An old kernel, or gone already. Frames are skipped later then.
        }
    }
}
