using System.Net.WebSockets;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Actors.Links;

/// <summary>A silo does not take this process in; the message is its sentence.</summary>
internal sealed class LinkRefusedException(string sentence) : Exception(sentence);

/// <summary>The first step of a link: a WebSocket to a silo that has seen our credentials.</summary>
internal static class LinkSocket
{
    /// <summary>Connects.</summary>
    /// <exception cref="LinkRefusedException">The silo says no, and why.</exception>
    public static async Task<WebSocket> ConnectAsync(Uri address, LinkOptions options, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        try
        {
            socket.Options.SetRequestHeader("Authorization", LinkServer.Credential(options));
            socket.Options.KeepAliveInterval = options.PingEvery;
            socket.Options.KeepAliveTimeout = options.DeadAfter;
            socket.Options.CollectHttpResponseDetails = true;
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch (WebSocketException refused) when ((int)socket.HttpStatusCode is not 0 and var status)
        {
            var sentence = socket.HttpResponseHeaders?.TryGetValue(LinkServer.ReasonHeader, out var reasons) == true ? reasons.FirstOrDefault() : null;
            socket.Dispose();
            throw new LinkRefusedException(sentence ?? (status == StatusCodes.Status404NotFound
                ? "there is no silo at this address; see Cluster:LinkUrl"
                : $"the server there answers {status}, as no silo does: {refused.Message}"));
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
