using System.Net;
using System.Net.Security;
using System.Security.Cryptography.X509Certificates;

namespace LiveCommerce.Actors.Links;

/// <summary>HTTPS to a process whose certificate an authority of one's own has signed (<see cref="LinkOptions.Authority"/>).</summary>
/// <param name="file">A PEM file with the authority's certificates.</param>
public sealed class PrivateAuthority(string file, TimeProvider time)
{
    /// <summary>What was wrong with the last certificate that was shown, or with the file; null: nothing.</summary>
    public string? Problem { get; private set; }

    /// <summary>A handler for a client; null: the file is of no use, and <see cref="Problem"/> says why.</summary>
    public HttpMessageHandler? CreateHandler()
    {
        LinkCertificates certificates;
        try { certificates = LinkCertificates.Load(new LinkOptions { Authority = file }, time); }
        catch (LinkCertificateException unusable)
        {
            Problem = unusable.Message;
            return null;
        }

        return new SocketsHttpHandler
        {
            SslOptions =
            {
                RemoteCertificateValidationCallback = (stream, shown, _, policy) =>
                {
                    // Whoever asks its own machine asks at an address that no certificate names.
                    if (stream is SslStream { TargetHostName: var host } && IsThisMachine(host)) { policy &= ~SslPolicyErrors.RemoteCertificateNameMismatch; }
                    using var certificate = shown is null ? null : new X509Certificate2(shown);
                    return (Problem = certificates.ProblemOf(certificate, policy, time)) is null;
                },
            },
        };
    }

    private static bool IsThisMachine(string host) => host == "localhost" || (IPAddress.TryParse(host, out var address) && IPAddress.IsLoopback(address));
}
