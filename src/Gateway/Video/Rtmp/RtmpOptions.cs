using System.ComponentModel.DataAnnotations;

namespace LiveCommerce.Gateway.Video.Rtmp;

/// <summary>Programs such as OBS that publish over RTMP, through an nginx that this server starts. Section <c>Video:Rtmp</c>.</summary>
internal sealed class RtmpOptions
{
    /// <summary>TCP port on which encoders connect; 0 switches RTMP off. The product sets 1935 when nothing else is configured.</summary>
    [Range(0, 65535)]
    public int Port { get; set; }

    /// <summary>IPv4 address of this machine on which encoders connect; 0.0.0.0 means all.</summary>
    [RegularExpression(@"[0-9]{1,3}(\.[0-9]{1,3}){3}")]
    public string Address { get; set; } = "0.0.0.0";

    /// <summary>What the studio tells streamers to type as the server, when it is not this page's host and <see cref="Port"/>.</summary>
    [RegularExpression(@"(rtmps?://[^\s""']{1,200})?")]
    public string PublicAddress { get; set; } = "";

    /// <summary>Folder for nginx's configuration, process file and sockets; its path has at most 90 bytes. The product sets one in its data folder.</summary>
    public string Folder { get; set; } = "";

    /// <summary>The nginx program: a name on the PATH or in /usr/sbin, or a full path.</summary>
    [Required]
    public string NginxPath { get; set; } = "nginx";

    /// <summary>The file of nginx's rtmp module; empty: where distributions put it.</summary>
    public string ModulePath { get; set; } = "";

    /// <summary>RTMP connections at once, those of our own encoders among them.</summary>
    [Range(4, 10_000)]
    public int ConnectionsMax { get; set; } = 2000;

    /// <summary>Bytes of one RTMP message, that is of one picture.</summary>
    [Range(64 * 1024, 64 * 1024 * 1024)]
    public int MessageBytesMax { get; set; } = 4 * 1024 * 1024;

    /// <summary>Seconds in which an encoder that was let in must send picture or sound.</summary>
    [Range(1, 60)]
    public double StartSeconds { get; set; } = 10;

    /// <summary>Seconds without data after which an encoder is taken for gone.</summary>
    [Range(1, 300)]
    public int IdleSeconds { get; set; } = 10;
}
