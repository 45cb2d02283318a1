import com.amazonaws.services.dynamodbv2.local.main.ServerRunner;
import com.amazonaws.services.dynamodbv2.local.server.DynamoDBProxyServer;
import org.eclipse.jetty.server.Server;
import org.eclipse.jetty.server.ServerConnector;

/**
 * DynamoDB Local in memory, on a free port of the loopback address: by itself it listens on every address of the
 * machine. Prints the port, and ends when its standard input does, so that it never outlives the tests.
 */
class Loopback {
  public static void main(String[] args) throws Exception {
    DynamoDBProxyServer dynamo =
        ServerRunner.createServerFromCommandLineArgs(new String[] {"-inMemory", "-disableTelemetry"});
    var field = DynamoDBProxyServer.class.getDeclaredField("server");
    field.setAccessible(true);
    var connector = (ServerConnector) ((Server) field.get(dynamo)).getConnectors()[0];
    connector.setHost("127.0.0.1");
    connector.setPort(0);
    dynamo.start();
    System.out.println("port " + connector.getLocalPort());
    while (System.in.read() != -1) {}
    System.exit(0);
  }
}
