using System.Net.Security;
using System.Net.WebSockets;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Http;

namespace LiveCommerce.Actors.Links;

/// <summary>A silo does not take this process in, or is none to talk to; the message is a sentence for people.</summary>
internal sealed class LinkRefusedException(string sentence) : Exception(sentence);

/// <summary>The first step of a link: a WebSocket to a silo that has seen our credentials, and we its.</summary>
internal static class LinkSocket
{
    /// <summary>Connects.</summary>
    /// <exception cref="LinkRefusedException">One side does not trust the other; the message says why.</exception>
    public static async Task<WebSocket> ConnectAsync(
        Uri address, LinkOptions options, LinkCertificates certificates, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = new ClientWebSocket();
        string? distrust = null;
        try
        {
            if (options.Secret.Length > 0) { socket.Options.SetRequestHeader("Authorization", LinkServer.Credential(options)); }
            socket.Options.KeepAliveInterval = options.PingEvery;
            socket.Options.KeepAliveTimeout = options.DeadAfter;
            socket.Options.CollectHttpResponseDetails = true;
            socket.Options.RemoteCertificateValidationCallback = (_, shown, _, policy) => (distrust = Judge(shown, policy)) is null;
            if (certificates.Own is { } own) { socket.Options.ClientCertificates.Add(own); }
            await socket.ConnectAsync(address, cancellationToken);
            return socket;
        }
        catch (WebSocketException refused) when (distrust is not null)
        {
            socket.Dispose();
            throw new LinkRefusedException($"{distrust} ({refused.Message})");
        }
        catch (WebSocketException refused) when ((int)socket.HttpStatusCode is not 0 and var status)
        {
            var sentence = socket.HttpResponseHeaders?.TryGetValue(LinkServer.ReasonHeader, out var reasons) == true ? reasons.FirstOrDefault() : null;
            socket.Dispose();
            throw new LinkRefusedException(sentence is not null ? $"the silo refuses: {sentence}"
                : status == StatusCodes.Status404NotFound ? "there is no silo at this address; see Cluster:LinkUrl"
                : $"the server there answers {status}, as no silo does: {refused.Message}");
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        string? Judge(X509Certificate? shown, SslPolicyErrors policy)
        {
            using var certificate = shown is null ? null : new X509Certificate2(shown);
            return certificates.ProblemOf(certificate, policy, time);
        }
    }
}
