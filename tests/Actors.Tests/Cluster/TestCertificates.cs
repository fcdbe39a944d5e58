using System.Net;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace LiveCommerce.Actors.Tests.Cluster;

/// <summary>An authority and the certificates that it signs, as files.</summary>
internal sealed class TestCertificates : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("livecommerce-certificates-").FullName;
    private readonly ECDsa _key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
    private readonly X509Certificate2 _authority;

    public TestCertificates()
    {
        var request = new CertificateRequest($"CN=Authority {Guid.CreateVersion7():N}", _key, HashAlgorithmName.SHA256);
        request.CertificateExtensions.Add(new X509BasicConstraintsExtension(true, false, 0, true));
        request.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.KeyCertSign, true));
        request.CertificateExtensions.Add(new X509SubjectKeyIdentifierExtension(request.PublicKey, false));
        var now = TimeProvider.System.GetUtcNow();
        _authority = request.CreateSelfSigned(now.AddDays(-30), now.AddDays(30));
        Authority = Write("authority.pem", _authority.ExportCertificatePem());
    }

    /// <summary>The file with the authority's certificate.</summary>
    public string Authority { get; }

    /// <summary>The settings of a process that shows a certificate of this authority and trusts it.</summary>
    public (string Key, string Value)[] Settings(bool peer = true) => Settings(Issue("process"), peer);

    /// <summary>The same with a certificate of one's choice.</summary>
    public (string Key, string Value)[] Settings((string Certificate, string Key) shown, bool peer = true) =>
    [
        ("Links:Certificate", shown.Certificate), ("Links:CertificateKey", shown.Key), ("Links:Authority", Authority),
        ("Links:PeerCertificate", peer ? "true" : "false"),
    ];

    /// <summary>Makes a certificate for the loopback address, or for another name, and writes it and its key.</summary>
    public (string Certificate, string Key) Issue(string file, int fromDay = -1, int toDay = 1, string? otherName = null)
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest($"CN={file}", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        if (otherName is null) { names.AddIpAddress(IPAddress.Loopback); } else { names.AddDnsName(otherName); }
        request.CertificateExtensions.Add(names.Build());
        var now = TimeProvider.System.GetUtcNow();
        using var signed = request.Create(_authority, now.AddDays(fromDay), now.AddDays(toDay), Guid.CreateVersion7().ToByteArray());
        return (Write($"{file}.pem", signed.ExportCertificatePem()), Write($"{file}.key", key.ExportPkcs8PrivateKeyPem()));
    }

    /// <summary>Writes a file into the folder.</summary>
    public string Write(string name, string text)
    {
        var path = Path.Combine(_folder, name);
        File.WriteAllText(path, text);
        return path;
    }

    public void Dispose()
    {
        _authority.Dispose();
        _key.Dispose();
        Directory.Delete(_folder, recursive: true);
    }
}
